/** One other device as we watch it: its catalog, and while it presents, its screen, from the relay to the canvas. */

import { CONTEXT } from "../e2ee/frames.ts";
import { Easel } from "../media/easel.ts";
import { AskPace } from "../media/pace.ts";
import { ScreenDecoder } from "../media/screen_decoder.ts";
import type { Relay } from "../transport/relay.ts";
import { type Catalog, decodeCatalog } from "./catalog.ts";
import { type Keys, Opener } from "./opener.ts";
import type { SharedScreen } from "./state.ts";

export type ViewerOptions = {
  readonly from: { readonly participant: string; readonly device: string };
  readonly keys: Keys;
  readonly relay: Relay;
  /** Something that a person can see has changed. */
  readonly changed: () => void;
  readonly cataloged: () => void;
  /** Ask the publisher for a key frame. */
  readonly refresh: (device: string) => void;
};

type View = Pick<SharedScreen, "picture" | "widthPx" | "heightPx">;

const STARTING: View = { picture: "starting", widthPx: 0, heightPx: 0 };

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #easel = new Easel();
  readonly #stopCatalog: () => void;
  #catalog: Catalog | null = null;
  #view = STARTING;
  #stopScreen: (() => void) | null = null;

  constructor(options: ViewerOptions) {
    this.#options = options;
    const { relay, from, keys } = options;
    const opener = new Opener({ keys, device: from.device, context: CONTEXT.catalog, lacksKey: () => undefined });
    this.#stopCatalog = relay.subscribe(from, "catalog", {
      receive: async (object, signal) => this.#receiveCatalog(await opener.open(object, signal)),
      // A catalog is one object: it has come whole or comes again.
      interrupted: () => undefined,
    });
  }

  get catalog(): Catalog | null {
    return this.#catalog;
  }

  /** What we see of its screen; null while it presents nothing. */
  get view(): View | null {
    return this.#stopScreen === null ? null : this.#view;
  }

  place(canvas: OffscreenCanvas | null): void {
    this.#easel.place(canvas);
  }

  close(): void {
    this.#stopCatalog();
    this.#closeScreen();
    this.#easel.place(null);
  }

  #receiveCatalog(bytes: Uint8Array | null): void {
    const catalog = bytes === null ? null : decodeCatalog(bytes);
    if (catalog === null) return;
    this.#catalog = catalog;
    if (catalog.screen) this.#openScreen();
    else this.#closeScreen();
    this.#options.cataloged();
    this.#options.changed();
  }

  #openScreen(): void {
    if (this.#stopScreen !== null) return;
    const { relay, from, keys } = this.#options;
    const pace = new AskPace();
    const ask = () => {
      if (pace.ask(performance.now())) this.#options.refresh(from.device);
    };
    const decoder = new ScreenDecoder({
      decoded: (picture) => {
        pace.satisfied();
        this.#show(picture);
      },
      needsKeyFrame: ask,
    });
    const lacksKey = (isOverdue: boolean) => {
      // A commit is often a moment behind the first frame of its epoch: that is nothing to tell.
      if (isOverdue || this.#view.picture === "starting") this.#see({ ...this.#view, picture: "waiting-key" });
      if (isOverdue) ask();
    };
    const opener = new Opener({ keys, device: from.device, context: CONTEXT.screen, lacksKey });
    const unsubscribe = relay.subscribe(from, "screen", {
      receive: async (object, signal) => {
        const plaintext = await opener.open(object, signal);
        if (plaintext !== null && !signal.aborted) decoder.receive(plaintext);
      },
      interrupted: () => decoder.interrupt(),
    });
    this.#view = STARTING;
    this.#stopScreen = () => {
      unsubscribe();
      decoder.close();
    };
  }

  #closeScreen(): void {
    this.#stopScreen?.();
    this.#stopScreen = null;
    this.#easel.clear();
  }

  #show(picture: VideoFrame): void {
    if (this.#stopScreen === null) return picture.close();
    const { width, height } = this.#easel.show(picture);
    this.#see({ picture: "shown", widthPx: width, heightPx: height });
  }

  #see(view: View): void {
    const { picture, widthPx, heightPx } = this.#view;
    if (view.picture === picture && view.widthPx === widthPx && view.heightPx === heightPx) return;
    this.#view = view;
    this.#options.changed();
  }
}
