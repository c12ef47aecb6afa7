/** Takes mouse and keyboard over the picture of a computer that we control, until Escape is pressed twice. */

import type { ControlEvent } from "../room/state.ts";
import { isComposed, pressed, released, stroke, typed } from "./control_keys.ts";
import { buttonOf, fractionAt, Wheel } from "./control_pointer.ts";

/** The second Escape comes no later. */
const ESCAPE_TWICE_MS = 500;

export interface CaptureOptions {
  readonly surface: HTMLElement;
  /** Where keys are pressed and input methods compose. */
  readonly field: HTMLTextAreaElement;
  /** Width of the picture for its height. */
  proportion(): number;
  mayPaste(): boolean;
  send(events: readonly ControlEvent[]): void;
  /** Whether mouse and keyboard are taken has changed. */
  captured(isCaptured: boolean): void;
}

type Place = { readonly x: number; readonly y: number };
type ButtonEvent = ControlEvent & { type: "button" };

export class ControlCapture {
  readonly #options: CaptureOptions;
  readonly #over = new AbortController();
  readonly #wheel = new Wheel();
  /** What goes up by itself when we let go. */
  readonly #keys = new Set<string>();
  readonly #buttons = new Map<ButtonEvent["button"], ButtonEvent>();
  #isCaptured = false;
  #escapedAtMs = Number.NEGATIVE_INFINITY;
  /** A paste, whose text goes before it. */
  #pasting: ControlEvent | null = null;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#listenToPointer(options.surface);
    this.#listenToKeys(options.field);
  }

  close(): void {
    this.release();
    this.#over.abort();
  }

  capture(): void {
    this.#options.field.focus({ preventScroll: true });
  }

  /** Let go of mouse and keyboard, and of what is held down. */
  release(): void {
    this.#letGo();
    if (document.activeElement === this.#options.field) this.#options.field.blur();
  }

  #set(isCaptured: boolean): void {
    if (this.#isCaptured === isCaptured) return;
    this.#isCaptured = isCaptured;
    this.#options.captured(isCaptured);
  }

  #letGo(): void {
    const keys = [...this.#keys].map((code) => released({ code }));
    const buttons = [...this.#buttons.values()].map((event) => ({ ...event, down: false }));
    this.#keys.clear();
    this.#buttons.clear();
    if (keys.length + buttons.length > 0) this.#options.send([...keys, ...buttons]);
    this.#set(false);
  }

  // --- pointer ----------------------------------------------------------------

  #listenToPointer(surface: HTMLElement): void {
    const options = { signal: this.#over.signal, passive: false };
    const on = <E extends Event>(type: string, act: (event: E) => void): void =>
      surface.addEventListener(
        type,
        (event) => {
          // Whoever zooms or moves the picture is not meant.
          event.stopPropagation();
          act(event as E);
        },
        options,
      );
    on<PointerEvent>("onpointerrawupdate" in surface ? "pointerrawupdate" : "pointermove", (event) =>
      this.#move(event),
    );
    on<PointerEvent>("pointerdown", (event) => this.#touch(event, true));
    on<PointerEvent>("pointerup", (event) => this.#touch(event, false));
    on<PointerEvent>("pointercancel", () => this.#letGo());
    on<MouseEvent>("mousedown", (event) => this.#press(event, event.button, true));
    on<MouseEvent>("mouseup", (event) => this.#press(event, event.button, false));
    on<WheelEvent>("wheel", (event) => this.#turn(event));
    for (const type of ["contextmenu", "auxclick", "dblclick"]) on(type, (event) => event.preventDefault());
  }

  #at(event: MouseEvent): Place | null {
    const { surface, proportion } = this.#options;
    return fractionAt(surface.getBoundingClientRect(), proportion(), { x: event.clientX, y: event.clientY });
  }

  #move(event: PointerEvent): void {
    const place = this.#isCaptured ? this.#at(event) : null;
    if (place) this.#options.send([{ type: "move", ...place }]);
  }

  /** The mouse's own events tell every button; a finger or a pen is the left one. */
  #touch(event: PointerEvent, down: boolean): void {
    if (down) this.#options.surface.setPointerCapture(event.pointerId);
    if (event.pointerType !== "mouse") this.#press(event, 0, down);
  }

  #press(event: MouseEvent, number: number, down: boolean): void {
    event.preventDefault();
    if (down) this.capture();
    const [button, place] = [buttonOf(number), this.#at(event)];
    if (button === null || place === null || (!down && !this.#buttons.has(button))) return;
    const sent: ButtonEvent = { type: "button", ...place, button, down };
    if (down) this.#buttons.set(button, sent);
    else this.#buttons.delete(button);
    this.#options.send([sent]);
  }

  #turn(event: WheelEvent): void {
    const place = this.#isCaptured ? this.#at(event) : null;
    if (place === null) return;
    event.preventDefault();
    const turned = this.#wheel.turn(event);
    if (turned.dx !== 0 || turned.dy !== 0) this.#options.send([{ type: "wheel", ...place, ...turned }]);
  }

  // --- keyboard ---------------------------------------------------------------

  #listenToKeys(field: HTMLTextAreaElement): void {
    const { signal } = this.#over;
    field.addEventListener("focus", () => this.#set(true), { signal });
    field.addEventListener("blur", () => this.#letGo(), { signal });
    field.addEventListener("keydown", (event) => this.#down(event), { signal });
    field.addEventListener("keyup", (event) => this.#up(event), { signal });
    field.addEventListener("beforeinput", (event) => this.#type(event), { signal });
    field.addEventListener("compositionend", ({ data }) => this.#options.send(typed(data)), { signal });
    field.addEventListener("paste", (event) => this.#paste(event), { signal });
    field.addEventListener("input", (event) => {
      if (!(event as InputEvent).isComposing) field.value = "";
    });
  }

  #down(event: KeyboardEvent): void {
    event.stopPropagation();
    if (isComposed(event)) return;
    if (this.#isEscapedTwice(event)) {
      event.preventDefault();
      return this.release();
    }
    const sent = pressed(event);
    if (sent?.type === "key") this.#keys.add(sent.code);
    if (this.#options.mayPaste() && isPaste(event)) {
      this.#pasting = sent;
      return;
    }
    // A keyboard on a screen tells no keys, but what is to be entered.
    if (sent === null && event.key === "Unidentified") return;
    event.preventDefault();
    if (sent) this.#options.send([sent]);
  }

  #up(event: KeyboardEvent): void {
    event.stopPropagation();
    // While Command is held, browsers on a Mac do not tell that other keys go up.
    const codes = event.key === "Meta" ? [...this.#keys] : [event.code];
    const known = codes.filter((code) => this.#keys.delete(code));
    if (known.length > 0) this.#options.send(known.map((code) => released({ code })));
  }

  #isEscapedTwice({ key, repeat, timeStamp }: KeyboardEvent): boolean {
    if (key !== "Escape" || repeat) {
      this.#escapedAtMs = Number.NEGATIVE_INFINITY;
      return false;
    }
    const isTwice = timeStamp - this.#escapedAtMs < ESCAPE_TWICE_MS;
    this.#escapedAtMs = timeStamp;
    return isTwice;
  }

  /** What is entered without keys: by emoji pickers, dictation, keyboards on screens. */
  #type(event: InputEvent): void {
    if (event.isComposing || event.inputType === "insertCompositionText") return;
    event.preventDefault();
    if (event.inputType === "deleteContentBackward") this.#options.send(stroke(["Backspace"]));
    else if (event.inputType === "insertLineBreak") this.#options.send(stroke(["Enter"]));
    else if (event.inputType.startsWith("insert") && event.data) this.#options.send(typed(event.data));
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault();
    const text = (event.clipboardData?.getData("text/plain") ?? "").replaceAll("\r\n", "\n");
    const clipboard: ControlEvent[] = isClipboardText(text) ? [{ type: "clipboard", text }] : [];
    this.#options.send(this.#pasting ? [...clipboard, this.#pasting] : clipboard);
    this.#pasting = null;
  }
}

const isPaste = ({ code, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  code === "KeyV" && (ctrlKey || metaKey) && !altKey;

/** In one event; longer texts do not go over. */
const MAX_CLIPBOARD_CHARACTERS = 4000;

const isClipboardText = (text: string): boolean =>
  text !== "" && [...text].length <= MAX_CLIPBOARD_CHARACTERS && !/[^\P{Cc}\n\t]|\p{Cs}/u.test(text);
