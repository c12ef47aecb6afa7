/** Remote control as the page holds it: what to tell the helper of this page, and what the person is told. */

import { signal } from "@preact/signals";
import type { RoomCommand, RoomEvent, SharedSurface } from "../room/state.ts";
import { droppedText, endedText } from "./control_text.ts";

type ControlNews = RoomEvent & { type: "control-ended" | "inputs-dropped" | "copied" };

/** As long as a surface's name may be for the helper. */
const MAX_LABEL_CHARACTERS = 200;

export class ControlModel {
  /** The key of the request that the person is about to grant. */
  readonly choosing = signal<string | null>(null);
  /** The picture takes mouse and keyboard. */
  readonly isCaptured = signal(false);
  readonly #send: (command: RoomCommand) => void;
  readonly #tell: (sentence: string) => void;
  #track: MediaStreamTrack | null = null;

  constructor(send: (command: RoomCommand) => void, tell: (sentence: string) => void) {
    this.#send = send;
    this.#tell = tell;
  }

  /** The screen of this track is shared from now on. */
  share(track: MediaStreamTrack): void {
    this.#track = track;
    this.tellSurface();
  }

  /** The person may have chosen another window meanwhile. */
  tellSurface(): void {
    if (this.#track) this.#send({ type: "shared-surface", surface: surfaceOf(this.#track) });
  }

  receive(news: ControlNews): void {
    switch (news.type) {
      case "control-ended":
        return this.#tell(endedText(news.isOurs, news.name, news.reason));
      case "inputs-dropped":
        return this.#tell(droppedText(news.reasons));
      case "copied":
        return void this.#copy(news.text);
      default:
        return news satisfies never;
    }
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#tell("Copied there, and ready to paste here.");
    } catch {
      this.#tell("Something was copied there, but your browser does not let this page copy it here.");
    }
  }
}

function surfaceOf(track: MediaStreamTrack): SharedSurface {
  const { displaySurface, width = 0, height = 0 } = track.getSettings();
  const kind = displaySurface === "monitor" || displaySurface === "window" ? displaySurface : null;
  return { kind, label: track.label.slice(0, MAX_LABEL_CHARACTERS), width, height };
}
