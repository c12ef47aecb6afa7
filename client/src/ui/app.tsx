import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { MeetingFacts } from "./facts.ts";
import { Join, NotReady, Unsupported } from "./join.tsx";
import { invitationLink } from "./link.ts";
import { Lobby } from "./lobby.tsx";
import { NAME_KEY, recall, remember, wordsKey } from "./memory.ts";
import { Over } from "./over.tsx";
import { Room } from "./room.tsx";
import type { RoomModel } from "./room_model.ts";
import type { SupportProblem } from "./support.ts";
import { findWords, type LinkWords, type VerifyWords } from "./words.ts";

interface AppProps {
  readonly facts: MeetingFacts;
  readonly problem: SupportProblem | null;
  readonly verify: VerifyWords;
  readonly model: RoomModel;
}

/** From the door to the room and out again, on one page. */
export function App({ facts, problem, verify, model }: AppProps) {
  if (facts.hasEnded && !facts.isOrganizer) return <Over reason="ended" facts={facts} model={model} />;
  if (problem) return <Unsupported facts={facts} problem={problem} />;
  if (facts.doorKey === "") return <NotReady facts={facts} />;
  return <Meeting facts={facts} verify={verify} model={model} />;
}

function Meeting({ facts, verify, model }: Omit<AppProps, "problem">) {
  const linkWords = useSignal<LinkWords>({ status: "checking" });
  useLinkWords(linkWords, facts, verify);
  useEffect(() => model.prepare(), [model]);
  const reason = model.overReason.value;
  const entered = model.entered.value;
  const words = entered?.words;
  useEffect(() => {
    // A reload finds them there; the fragment is never sent to a server.
    if (words !== undefined) history.replaceState(null, "", invitationLink(address(), words));
  }, [words]);
  if (reason) {
    const retype = (): void => {
      linkWords.value = { status: "asked", sentence: "Type the six words of the invitation once more." };
      model.goBack();
    };
    return <Over reason={reason} facts={facts} model={model} onRetype={retype} />;
  }
  if (entered && model.state.value.phase.name === "lobby") return <Lobby model={model} facts={facts} />;
  if (entered) return <Room model={model} facts={facts} link={invitationLink(address(), entered.words)} />;
  return (
    <Join
      facts={facts}
      linkWords={linkWords}
      name={recall(NAME_KEY) ?? facts.name}
      verify={verify}
      model={model}
      onJoin={enter}
    />
  );

  function enter(name: string, words: string): void {
    remember(NAME_KEY, name);
    model.enter({
      type: "enter",
      room: facts.room,
      words,
      name,
      ticketUrl: facts.ticketUrl,
      keyUrl: facts.keyUrl,
      csrfToken: facts.csrfToken,
    });
  }
}

function address(): string {
  return location.origin + location.pathname;
}

/** Look for the words at once, and again when somebody pastes another link for the same meeting into the address bar. */
function useLinkWords(linkWords: Signal<LinkWords>, facts: MeetingFacts, verify: VerifyWords): void {
  useEffect(() => {
    const look = async (): Promise<void> => {
      linkWords.value = await findWords(verify, location.hash, recall(wordsKey(facts.room)));
    };
    const again = (): void => void look();
    again();
    addEventListener("hashchange", again);
    return () => removeEventListener("hashchange", again);
  }, [linkWords, facts, verify]);
}
