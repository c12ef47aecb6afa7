/** The page of a meeting: the door, then the room, without another load. Everything secret happens in its worker. */

import { render } from "preact";
import type { RoomEvent } from "../room/state.ts";
import { App } from "../ui/app.tsx";
import { readMeetingFacts } from "../ui/facts.ts";
import { type OpenRoom, RoomModel } from "../ui/room_model.ts";
import { Loudspeaker } from "../ui/sound.ts";
import { supportProblem } from "../ui/support.ts";
import { wordsVerifier } from "../ui/words.ts";
import "./meeting.css";
import { trustedScriptUrl } from "../ui/trusted.ts";
import workerUrl from "./meeting.worker.ts?worker&url";
import workletUrl from "./playout.worklet.ts?worker&url";

const openWorker: OpenRoom = (listener, crashed) => {
  const worker = new Worker(trustedScriptUrl(workerUrl), { type: "module" });
  worker.addEventListener("message", (message: MessageEvent<RoomEvent>) => listener(message.data));
  worker.addEventListener("error", crashed);
  worker.addEventListener("messageerror", crashed);
  return {
    post: (command, transfer = []) => worker.postMessage(command, transfer),
    close: () => worker.terminate(),
  };
};

function start(root: HTMLElement): void {
  const facts = readMeetingFacts(root.dataset);
  root.replaceChildren();
  const model = new RoomModel(openWorker, new Loudspeaker(workletUrl));
  // The large list of words is loaded once: by the worker.
  const verify = wordsVerifier((text) => model.judge(text, facts));
  render(<App facts={facts} problem={supportProblem(globalThis)} verify={verify} model={model} />, root);
}

const root = document.getElementById("meeting");
if (root) start(root);
