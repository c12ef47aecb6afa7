/** A scripted stand-in for the meeting's worker: it shows one scene, answers a little, and draws on canvases. */

import type { RoomCommand, RoomEvent, RoomState, Surface, Tested } from "../../src/room/state.ts";
import type { OpenRoom } from "../../src/ui/room_model.ts";

type Listener = (event: RoomEvent) => void;

export class FakeRoom {
  /** Everything the page asked for, in order. */
  readonly commands: RoomCommand[] = [];
  /** How often the page has thrown its worker away. */
  closed = 0;
  /** What a test of the connection finds. */
  tested: Tested = {
    way: "blocked",
    shows: ["avc1", "av01", "vp09", "vp8"],
    sends: ["avc1", "vp8"],
    isVoiceSent: true,
  };
  listener: Listener = () => undefined;
  crash: () => void = () => undefined;
  readonly #scene: RoomState;
  #now: RoomState;

  constructor(state: RoomState) {
    this.#scene = state;
    this.#now = state;
  }

  readonly open: OpenRoom = (listener, crashed) => {
    this.listener = listener;
    this.crash = crashed;
    const close = (): void => {
      this.closed += 1;
    };
    return { post: (command) => this.#receive(command), close };
  };

  /** Show `state` from now on. */
  show(state: RoomState): void {
    this.#now = state;
    this.listener({ type: "state", state });
  }

  /** The worker's own end of a share. */
  stopSharing(): void {
    this.listener({ type: "sharing-stopped" });
  }

  #receive(command: RoomCommand): void {
    this.commands.push(command);
    if (command.type === "enter") this.show(this.#scene);
    if (command.type === "test-connection") this.listener({ type: "tested", tested: this.tested });
    if (command.type === "chat") this.#say(command.text);
    if (command.type === "surface" && command.surface) paint(command.surface, command.kind === "camera" ? face : text);
    if (command.type === "leave") this.show({ ...this.#now, phase: { name: "over", reason: "left" } });
    if (command.type === "end") this.show({ ...this.#now, phase: { name: "over", reason: "ended" } });
  }

  #say(text: string): void {
    const { self, chat } = this.#now;
    const id = `${chat.length}`.padStart(16, "0");
    const message = {
      id,
      from: self?.device ?? "",
      fromName: "Alice Adler",
      isSelf: true,
      to: null,
      text,
      reply: null,
      file: null,
      atMs: Date.now(),
    };
    this.show({ ...this.#now, chat: [...chat, { ...message, delivery: "sent" }] });
  }
}

function paint(surface: Surface, draw: (canvas: OffscreenCanvas) => void): void {
  if (!("getWriter" in surface)) return draw(surface);
  const canvas = new OffscreenCanvas(1280, 720);
  draw(canvas);
  const writer = surface.getWriter();
  void writer.write(new VideoFrame(canvas, { timestamp: 0 })).finally(() => writer.releaseLock());
}

/** Somebody in front of a camera. */
export function face(canvas: OffscreenCanvas | HTMLCanvasElement): void {
  canvas.width = 640;
  canvas.height = 360;
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D | null;
  if (!pen) return;
  pen.fillStyle = "#7d8f80";
  pen.fillRect(0, 0, 640, 360);
  pen.fillStyle = "#d9a98c";
  pen.beginPath();
  pen.ellipse(320, 150, 70, 90, 0, 0, 7);
  pen.fill();
  pen.fillStyle = "#2f4a6d";
  pen.beginPath();
  pen.ellipse(320, 390, 190, 140, 0, 0, 7);
  pen.fill();
}

/** A page of small text with coloured words: what a shared screen mostly is. */
function text(canvas: OffscreenCanvas): void {
  canvas.width = 1280;
  canvas.height = 720;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.fillStyle = "#fcfcfa";
  pen.fillRect(0, 0, 1280, 720);
  pen.font = "15px monospace";
  for (let line = 0; line < 32; line += 1) {
    pen.fillStyle = ["#1d4f91", "#20252b", "#8a1f5c", "#20252b"][line % 4] ?? "#000";
    pen.fillText(
      `${line + 1}`.padStart(3) +
        "  const picture = await unseal(frame); // the quick brown fox jumps over the lazy dog",
      24,
      34 + line * 21,
    );
  }
}
