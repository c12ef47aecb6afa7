/**
 * Control of our own computer (docs/protocol/control.md): who asks for it, what we offer them, and what Conclave Helper,
 * which decides, has granted. Inputs pass through here on their way to the helper; nothing else does.
 */

import { type DeviceRef, readControllerWords, type Scope, Unsealer } from "../e2ee/control_seal.ts";
import type { Drop, HelperMessage, Refusal, SharedSurface } from "../transport/helper_messages.ts";
import {
  type HelperAddress,
  type HelperListener,
  type HelperOutcome,
  HelperSocket,
  readCode,
} from "../transport/helper_socket.ts";
import {
  type ControlMessage,
  type EndReason,
  isClipboardText,
  isScope,
  isWithinScope,
  type Why,
} from "./control_wire.ts";
import { InputOrder } from "./input_order.ts";

/** More would not be seen. */
const MAX_REQUESTS = 16;
/** Whoever was refused may ask again, and not at once: nobody is worn down. */
const ASK_AGAIN_MS = 10_000;
const NO_SURFACE: SharedSurface = { kind: null, label: "", width: 0, height: 0 };

export interface PresenterHost {
  readonly room: string;
  own(): (DeviceRef & { readonly group: string; readonly epoch: number }) | null;
  say(message: ControlMessage, participant: string): void;
  /** Read what a device publishes on its track `control`, until the returned function is called. */
  read(from: DeviceRef, receive: (object: Uint8Array) => Promise<void>): (() => void) | null;
  changed(): void;
  /** Somebody else controls, or nobody does any more. */
  passed(): void;
  ended(name: string, reason: EndReason): void;
  dropped(reasons: readonly Drop[]): void;
  openHelper?(to: HelperAddress, room: string, listener: HelperListener): HelperSocket;
}

export type RequestView = { readonly key: string; readonly name: string; readonly words: readonly string[] };
export type OfferView = RequestView & {
  /** `code`: the helper is not running, or wants its code; `asking`: its person is being asked. */
  readonly step: "connecting" | "code" | "asking" | "refused";
  readonly problem: HelperOutcome | Refusal | "mistyped" | null;
};
export type GivenView = RequestView & {
  readonly device: string;
  readonly scope: Scope;
  readonly held: Why | null;
  readonly untilMs: number;
};

type Controller = DeviceRef & { readonly name: string };
type Asked = {
  readonly controller: Controller;
  readonly key: string;
  readonly seal: string;
  readonly scope: Scope;
  readonly words: readonly string[];
};
type Offer = { readonly asked: Asked; readonly scope: Scope; readonly seconds: number } & Pick<
  OfferView,
  "step" | "problem"
>;
type Given = {
  readonly asked: Asked;
  readonly scope: Scope;
  readonly untilMs: number;
  held: Why | null;
  readonly order: InputOrder<Uint8Array<ArrayBuffer>>;
  readonly stop: () => void;
};

export class Presenter {
  readonly #host: PresenterHost;
  readonly #asked = new Map<string, Asked>();
  readonly #refusedAtMs = new Map<string, number>();
  #offer: Offer | null = null;
  #given: Given | null = null;
  #helper: HelperSocket | null = null;
  #isPaired = false;
  #address: HelperAddress | null = null;
  #surface = NO_SURFACE;
  #isFocused = false;

  constructor(host: PresenterHost) {
    this.#host = host;
  }

  get requests(): readonly RequestView[] {
    return [...this.#asked.values()].map(viewOf);
  }

  get offer(): OfferView | null {
    if (this.#offer === null) return null;
    const { asked, step, problem } = this.#offer;
    return { ...viewOf(asked), step, problem };
  }

  get given(): GivenView | null {
    if (this.#given === null) return null;
    const { asked, scope, held, untilMs } = this.#given;
    return { ...viewOf(asked), device: asked.controller.device, scope, held, untilMs };
  }

  async hear(message: ControlMessage, from: Controller): Promise<void> {
    if (message.type === "ask-control") return this.#receive(message, from);
    if (message.type !== "end-control") return;
    const { device } = from;
    if (this.#given?.asked.controller.device === device && this.#given.asked.key === message.key) this.#revoke("left");
    if (this.#asked.get(device)?.key === message.key) this.#withdraw(device);
  }

  async #receive(
    { key, seal, scope }: ControlMessage & { type: "ask-control" },
    controller: Controller,
  ): Promise<void> {
    const words = await readControllerWords(key);
    const { device, participant } = controller;
    const isTooSoon = performance.now() - (this.#refusedAtMs.get(device) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS;
    const isTooMany = this.#asked.size >= MAX_REQUESTS && !this.#asked.has(device);
    if (isTooSoon || isTooMany || this.#surface === NO_SURFACE) {
      return this.#host.say({ type: "refuse-control", key }, participant);
    }
    this.#withdraw(device);
    this.#asked.set(device, { controller, key, seal, scope, words });
    this.#host.changed();
  }

  refuse(key: string): void {
    const asked = this.#find(key);
    if (asked === null) return;
    const { device, participant } = asked.controller;
    this.#refusedAtMs.set(device, performance.now());
    this.#withdraw(device);
    this.#host.say({ type: "refuse-control", key }, participant);
  }

  /** Offer control to whoever asked with `key`. */
  give({ key, scope, seconds }: { key: string; scope: Scope; seconds: number }): void {
    const asked = this.#find(key);
    if (asked === null || !isWithinScope(asked.scope, scope)) return;
    this.#offer = { asked, scope, seconds, step: "connecting", problem: null };
    if (this.#isPaired) this.#askHelper();
    else if (this.#address !== null) this.#connect(this.#address);
    else this.#offerStep("code");
  }

  /** Pair with the helper that shows these digits. */
  pair(text: string): void {
    const address = readCode(text);
    if (address === null) this.#offerStep("code", "mistyped");
    else this.#connect(address);
  }

  /** Take an offer back before it is granted; whoever controls meanwhile goes on. */
  takeBack(): void {
    if (this.#offer?.step === "asking") this.#helper?.send({ type: "withdraw" });
    this.#offer = null;
    this.#host.changed();
  }

  /** End control: the helper hears of it first, the network afterwards. */
  stop(): void {
    this.#revoke("revoked");
  }

  /** This is shared from now on; null: nothing is. */
  share(surface: SharedSurface | null): void {
    this.#surface = surface ?? NO_SURFACE;
    if (surface === null) this.#revoke("surface");
    this.#helper?.send({ type: "surface", ...this.#surface });
    if (surface !== null) return;
    this.#offer = null;
    for (const { key } of this.#asked.values()) this.refuse(key);
  }

  /** Whether our own window has the focus: what is typed then would come back to us. */
  focus(isFocused: boolean): void {
    this.#isFocused = isFocused;
    this.#helper?.send({ type: "focus", focused: isFocused });
  }

  /** See who is still with us in the group. */
  look(isHere: (device: string) => boolean): void {
    if (this.#given !== null && !isHere(this.#given.asked.controller.device)) this.#revoke("left");
    for (const device of this.#asked.keys()) if (!isHere(device)) this.#withdraw(device);
  }

  /** We are in the group no more. */
  lost(): void {
    this.#revoke("left");
    for (const device of this.#asked.keys()) this.#withdraw(device);
  }

  close(): void {
    this.lost();
    this.#helper?.close();
    this.#helper = null;
  }

  // --- the helper -------------------------------------------------------------

  #connect(address: HelperAddress): void {
    this.#helper?.close();
    this.#offerStep("connecting");
    const open = this.#host.openHelper ?? ((...args) => new HelperSocket(...args));
    const helper: HelperSocket = open(address, this.#host.room, {
      received: (message) => this.#helper === helper && this.#receiveFromHelper(message, address.port),
      closed: (outcome) => this.#helper === helper && this.#lose(outcome, "token" in address),
    });
    this.#helper = helper;
  }

  #receiveFromHelper(message: HelperMessage, port: number): void {
    switch (message.type) {
      case "paired":
        return this.#pairedWith(message.token, port);
      case "asking":
        return this.#offerStep("asking");
      case "granted":
        return this.#begin(message);
      case "refused":
        return this.#refusedBy(message.reason);
      case "ended":
        return this.#end(message.reason);
      case "held":
        return this.#hold(message.why);
      case "copied":
        return this.#copied(message.text);
      case "dropped":
        return this.#host.dropped(message.reasons);
      default:
        return message satisfies never;
    }
  }

  #pairedWith(token: string, port: number): void {
    this.#isPaired = true;
    this.#address = { port, token };
    this.#helper?.send({ type: "surface", ...this.#surface });
    this.#helper?.send({ type: "focus", focused: this.#isFocused });
    this.#askHelper();
  }

  #askHelper(): void {
    const [own, offer] = [this.#host.own(), this.#offer];
    if (own === null || offer === null) return;
    const { asked, scope, seconds } = offer;
    const { participant, device, group, epoch } = own;
    const { controller, key } = asked;
    this.#helper?.send({
      type: "ask",
      group,
      epoch,
      presenter: { participant, device },
      controller: { participant: controller.participant, device: controller.device },
      name: controller.name,
      key,
      scope,
      seconds,
    });
    this.#offerStep("asking");
  }

  #begin({ grant, epoch, scope, seconds }: HelperMessage & { type: "granted" }): void {
    const offer = this.#offer;
    if (this.#given !== null) this.#end("replaced");
    // The request was taken back meanwhile.
    if (offer === null || !isScope(scope)) return this.#helper?.send({ type: "revoke" });
    const { asked } = offer;
    const order = new InputOrder<Uint8Array<ArrayBuffer>>((input) => this.#helper?.input(input));
    const unsealer = new Unsealer(asked.seal);
    const receive = async (object: Uint8Array): Promise<void> => {
      const input = await unsealer.open(object);
      if (input !== null && this.#given?.asked === asked) order.add(counterOf(input), input);
    };
    const stop = this.#host.read(asked.controller, receive) ?? (() => undefined);
    this.#given = { asked, scope, untilMs: Date.now() + seconds * 1000, held: null, order, stop };
    this.#offer = null;
    this.#asked.delete(asked.controller.device);
    this.#host.say(
      { type: "give-control", key: asked.key, grant, epoch, seconds, scope },
      asked.controller.participant,
    );
    this.#host.passed();
  }

  /** A no of the person is the answer to the request; whatever else it was, we may ask again. */
  #refusedBy(reason: Refusal): void {
    const key = this.#offer?.asked.key;
    if (reason === "person" && key !== undefined) this.refuse(key);
    else this.#offerStep("refused", reason);
  }

  #hold(why: Why | null): void {
    if (this.#given === null) return;
    this.#given.held = why;
    this.#tell({ type: "hold-control", key: this.#given.asked.key, why });
    this.#host.changed();
  }

  #copied(text: string): void {
    if (this.#given?.scope.includes("copy") && isClipboardText(text)) {
      this.#tell({ type: "copied-text", key: this.#given.asked.key, text });
    }
  }

  #lose(outcome: HelperOutcome, cameBack: boolean): void {
    // A token that is worth nothing any more is no news: the code is asked for.
    const isNews = this.#isPaired || !cameBack;
    [this.#helper, this.#isPaired] = [null, false];
    if (outcome === "code" || outcome === "closed" || outcome === "absent") this.#address = null;
    this.#end("closed");
    this.#offerStep("code", isNews ? outcome : null);
  }

  // --- what is over -----------------------------------------------------------

  #revoke(reason: EndReason): void {
    if (this.#given !== null) this.#helper?.send({ type: "revoke" });
    this.#end(reason);
  }

  #end(reason: EndReason): void {
    const given = this.#given;
    if (given === null) return;
    this.#given = null;
    given.stop();
    given.order.close();
    const { controller, key } = given.asked;
    this.#host.say({ type: "end-control", key, reason }, controller.participant);
    this.#host.ended(controller.name, reason);
    this.#host.passed();
  }

  #withdraw(device: string): void {
    const asked = this.#asked.get(device);
    this.#asked.delete(device);
    if (asked !== undefined && this.#offer?.asked === asked) this.takeBack();
    this.#host.changed();
  }

  #offerStep(step: OfferView["step"], problem: OfferView["problem"] = null): void {
    if (this.#offer !== null) this.#offer = { ...this.#offer, step, problem };
    this.#host.changed();
  }

  #tell(message: ControlMessage): void {
    const participant = this.#given?.asked.controller.participant;
    if (participant !== undefined) this.#host.say(message, participant);
  }

  #find(key: string): Asked | null {
    return [...this.#asked.values()].find((asked) => asked.key === key) ?? null;
  }
}

const viewOf = ({ key, controller, words }: Asked): RequestView => ({ key, name: controller.name, words });

/** The bytes are from the controller, as their seal shows. */
const counterOf = (input: Uint8Array): bigint => new DataView(input.buffer, input.byteOffset).getBigUint64(0);
