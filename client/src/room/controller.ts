/**
 * Our control of somebody else's computer (docs/protocol/control.md): asked for, given, used, and over. The keys are made
 * for each request and forgotten with it.
 */

import type { Bytes } from "../e2ee/bytes.ts";
import {
  ControllerKeys,
  type DeviceRef,
  hashGrant,
  readControllerWords,
  SCOPE,
  type Scope,
} from "../e2ee/control_seal.ts";
import { Alarm } from "./alarm.ts";
import type { ControlEvent, ControlMessage, EndReason, Why } from "./control_wire.ts";
import { InputQueue } from "./input_queue.ts";

/** A relay ends groups that are much longer. */
const INPUTS_PER_GROUP = 4096;
const NEEDS = {
  move: "mouse",
  button: "mouse",
  wheel: "mouse",
  key: "keyboard",
  text: "keyboard",
  clipboard: "paste",
} as const satisfies Record<ControlEvent["type"], Scope[number]>;

export interface ControllerHost {
  /** Who we are, in which MLS group; null while we are in none. */
  own(): (DeviceRef & { readonly group: string }) | null;
  say(message: ControlMessage, participant: string): void;
  publish(input: Uint8Array, isFirst: boolean): void;
  changed(): void;
  ended(name: string, reason: EndReason | "refused"): void;
  copied(text: string): void;
}

/** What we have asked for, or have. */
export type MineView = {
  readonly device: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly scope: Scope;
  readonly held: Why | null;
  /** Unix milliseconds by our clock. */
  readonly untilMs: number;
  readonly words: readonly string[];
};

type Presenter = DeviceRef & { readonly name: string };
type Use = {
  readonly grantHash: Bytes;
  readonly scope: Scope;
  /** When we heard of the grant, by `performance.now()`: times of inputs count from here. */
  readonly sinceMs: number;
  readonly untilMs: number;
  held: Why | null;
};

export class Controller {
  readonly #host: ControllerHost;
  #request: Request | null = null;

  constructor(host: ControllerHost) {
    this.#host = host;
  }

  get view(): MineView | null {
    return this.#request?.view ?? null;
  }

  /** Ask for everything: what is given is for the presenter to choose. */
  async ask(presenter: Presenter): Promise<void> {
    this.leave();
    const keys = await ControllerKeys.draw();
    const words = await readControllerWords(keys.key);
    this.leave();
    this.#request = new Request(this.#host, presenter, keys, words, (reason) => this.#end(reason));
    this.#host.say({ type: "ask-control", key: keys.key, seal: keys.seal, scope: SCOPE }, presenter.participant);
    this.#host.changed();
  }

  hear(message: ControlMessage, from: DeviceRef): void {
    const request = this.#request;
    if (request === null || from.device !== request.presenter.device || message.key !== request.key) return;
    if (message.type === "give-control") void request.begin(message);
    else if (message.type === "refuse-control") this.#end("refused");
    else if (message.type === "end-control") this.#end(message.reason);
    else if (message.type === "hold-control") request.hold(message.why);
    else if (message.type === "copied-text" && request.may("copy")) this.#host.copied(message.text);
  }

  act(events: readonly ControlEvent[]): void {
    this.#request?.act(events);
  }

  /** Give control back, or take the request back. */
  leave(): void {
    const request = this.#request;
    if (request === null) return;
    this.#host.say({ type: "end-control", key: request.key, reason: "left" }, request.presenter.participant);
    this.#forget();
  }

  /** See whether the presenter is still with us, and shows a screen. */
  look(isSharing: (device: string) => boolean): void {
    const request = this.#request;
    if (request !== null && !isSharing(request.presenter.device)) this.#end("surface");
  }

  /** We are in the group no more: whatever was granted was granted to a device that is gone. */
  lost(): void {
    if (this.#request !== null) this.#end("left");
  }

  #end(reason: EndReason | "refused"): void {
    const name = this.#request?.presenter.name ?? "";
    this.#forget();
    this.#host.ended(name, reason);
  }

  #forget(): void {
    this.#request?.close();
    this.#request = null;
    this.#host.changed();
  }
}

/** One request, with keys of its own, and its use once it is granted. */
class Request {
  readonly presenter: Presenter;
  readonly #host: ControllerHost;
  readonly #keys: ControllerKeys;
  readonly #words: readonly string[];
  readonly #end: (reason: EndReason) => void;
  readonly #queue = new InputQueue();
  readonly #due = new Alarm(() => void this.#send());
  readonly #expiry = new Alarm(() => this.#end("expired"));
  #use: Use | null = null;
  #counter = 0;
  #isSending = false;
  #isOver = false;

  constructor(
    host: ControllerHost,
    presenter: Presenter,
    keys: ControllerKeys,
    words: readonly string[],
    end: (reason: EndReason) => void,
  ) {
    [this.#host, this.presenter, this.#keys, this.#words, this.#end] = [host, presenter, keys, words, end];
  }

  get key(): string {
    return this.#keys.key;
  }

  get view(): MineView {
    const { device, name } = this.presenter;
    const { scope = [], held = null, untilMs = 0 } = this.#use ?? {};
    return { device, name, isActive: this.#use !== null, scope, held, untilMs, words: this.#words };
  }

  may(what: Scope[number]): boolean {
    return this.#use?.scope.includes(what) ?? false;
  }

  async begin({ grant, epoch, seconds, scope }: ControlMessage & { type: "give-control" }): Promise<void> {
    const sinceMs = performance.now();
    const own = this.#host.own();
    if (own === null || this.#use !== null) return;
    const presenter = { participant: this.presenter.participant, device: this.presenter.device };
    const controller = { participant: own.participant, device: own.device };
    const { key } = this;
    const { group } = own;
    const grantHash = await hashGrant({ id: grant, epoch, seconds, scope, presenter, controller, key, group });
    if (this.#isOver) return;
    this.#use = { grantHash, scope, sinceMs, untilMs: Date.now() + seconds * 1000, held: null };
    this.#expiry.set(performance.now() + seconds * 1000);
    this.#host.changed();
  }

  hold(why: Why | null): void {
    if (this.#use !== null) this.#use.held = why;
    this.#host.changed();
  }

  act(events: readonly ControlEvent[]): void {
    this.#queue.add(events.filter(({ type }) => this.may(NEEDS[type])));
    void this.#send();
  }

  close(): void {
    this.#isOver = true;
    this.#use = null;
    this.#due.set(null);
    this.#expiry.set(null);
  }

  /** One after the other, so that they are sent in the order in which they happened. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let use = this.#use; use !== null; use = this.#use) {
      const events = this.#queue.take(performance.now());
      if (events === null) break;
      await this.#publish(use, events);
    }
    this.#isSending = false;
    if (this.#use !== null) this.#due.set(this.#queue.nextAtMs());
  }

  async #publish({ grantHash, sinceMs }: Use, events: readonly ControlEvent[]): Promise<void> {
    this.#counter += 1;
    const counter = this.#counter;
    const timeMs = Math.floor(performance.now() - sinceMs);
    const input = await this.#keys.makeInput({ grantHash, counter, timeMs, events });
    if (this.#use !== null) this.#host.publish(input, counter % INPUTS_PER_GROUP === 1);
  }
}
