import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Whether a media query is true now. */
export function useMedia(query: string): boolean {
  const isTrue = useSignal(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = (): void => {
      isTrue.value = media.matches;
    };
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [isTrue, query]);
  return isTrue.value;
}
