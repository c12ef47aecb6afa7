/** Remote control in one meeting, both ways: of others' computers by us, and of ours by others. */

import type { DeviceRef } from "../e2ee/control_seal.ts";
import { readControlMessage } from "./control_wire.ts";
import { Controller, type ControllerHost } from "./controller.ts";
import { Presenter, type PresenterHost } from "./presenter.ts";
import type { ControlCommand, ControlState, RoomEvent } from "./state.ts";

export type ControlHost = Pick<ControllerHost, "say" | "publish" | "changed"> &
  Pick<PresenterHost, "own" | "read" | "passed" | "openHelper"> & {
    /** Whether a device is with us in the MLS group. */
    isHere(device: string): boolean;
    isSharing(device: string): boolean;
    find(device: string): (DeviceRef & { readonly name: string }) | null;
    post(event: RoomEvent): void;
  };

export class Control {
  readonly #host: ControlHost;
  readonly #mine: Controller;
  readonly #ours: Presenter;

  constructor(room: string, host: ControlHost) {
    this.#host = host;
    const ended = (isOurs: boolean) => (name: string, reason: ControlEnded["reason"]) =>
      host.post({ type: "control-ended", isOurs, name, reason });
    this.#mine = new Controller({
      ...host,
      ended: ended(false),
      copied: (text) => host.post({ type: "copied", text }),
    });
    this.#ours = new Presenter({
      ...host,
      room,
      ended: ended(true),
      dropped: (reasons) => host.post({ type: "inputs-dropped", reasons }),
    });
  }

  get state(): ControlState {
    const { requests, offer, given } = this.#ours;
    return { mine: this.#mine.view, requests, offer, given };
  }

  /** The device that controls our computer. */
  get controller(): string | null {
    return this.#ours.given?.device ?? null;
  }

  hear(message: object, from: DeviceRef & { readonly name: string }): void {
    const read = readControlMessage(message);
    if (read === null) return;
    this.#mine.hear(read, from);
    void this.#ours.hear(read, from);
  }

  receive(command: ControlCommand): void {
    switch (command.type) {
      case "ask-control":
        return this.#ask(command.device);
      case "leave-control":
        return this.#mine.leave();
      case "input":
        return this.#mine.act(command.events);
      case "give-control":
        return this.#ours.give(command);
      case "refuse-control":
        return this.#ours.refuse(command.key);
      case "pair-helper":
        return this.#ours.pair(command.code);
      case "take-back-control":
        return this.#ours.takeBack();
      case "stop-control":
        return this.#ours.stop();
      case "shared-surface":
        return this.#ours.share(command.surface);
      case "focus":
        return this.#ours.focus(command.isFocused);
      default:
        return command satisfies never;
    }
  }

  /** We share nothing any more. */
  unshare(): void {
    this.#ours.share(null);
  }

  /** Somebody may have left, or stopped sharing. */
  look(): void {
    this.#ours.look(this.#host.isHere);
    this.#mine.look((device) => this.#host.isHere(device) && this.#host.isSharing(device));
  }

  /** We are in the group no more. */
  lost(): void {
    this.#ours.lost();
    this.#mine.lost();
  }

  close(): void {
    this.#mine.leave();
    this.#ours.close();
  }

  #ask(device: string): void {
    const presenter = this.#host.find(device);
    if (presenter !== null) void this.#mine.ask(presenter);
  }
}

type ControlEnded = RoomEvent & { type: "control-ended" };
