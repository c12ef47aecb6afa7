/** One other device as we watch it: its catalog, and while it presents, its screen. */

import { CONTEXT } from "../e2ee/frames.ts";
import { Easel } from "../media/easel.ts";
import type { Relay } from "../transport/relay.ts";
import { type Catalog, decodeCatalog } from "./catalog.ts";
import { type Keys, Opener } from "./opener.ts";
import type { Picture } from "./state.ts";
import { type PictureTrack, Watch } from "./watch.ts";

export type ViewerOptions = {
  readonly from: { readonly participant: string; readonly device: string };
  readonly keys: Keys;
  readonly relay: Relay;
  /** Something that a person can see has changed. */
  readonly changed: () => void;
  readonly cataloged: () => void;
  /** Ask the publisher for a key frame. */
  readonly refresh: (device: string, track: PictureTrack) => void;
};

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #easel = new Easel();
  readonly #stopCatalog: () => void;
  #catalog: Catalog | null = null;
  #screen: Watch | null = null;

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
  get view(): Picture | null {
    return this.#screen?.view ?? null;
  }

  place(canvas: OffscreenCanvas | null): void {
    this.#easel.place(canvas);
  }

  close(): void {
    this.#stopCatalog();
    this.#screen?.close();
    this.#easel.place(null);
  }

  #receiveCatalog(bytes: Uint8Array | null): void {
    const catalog = bytes === null ? null : decodeCatalog(bytes);
    if (catalog === null) return;
    this.#catalog = catalog;
    if (!catalog.screen) this.#closeScreen();
    else this.#screen ??= new Watch({ ...this.#options, track: "screen", easel: this.#easel });
    this.#options.cataloged();
    this.#options.changed();
  }

  #closeScreen(): void {
    this.#screen?.close();
    this.#screen = null;
  }
}
