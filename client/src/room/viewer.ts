/**
 * One other device as we hear and watch it: its catalog, its voice, its screen while it presents, and its camera while
 * that is in sight.
 */

import { CONTEXT } from "../e2ee/frames.ts";
import { Easel, type Surface } from "../media/easel.ts";
import type { Reception } from "../media/reception.ts";
import type { PictureTrack, Relay } from "../transport/relay.ts";
import { Alarm } from "./alarm.ts";
import { type Catalog, decodeCatalog } from "./catalog.ts";
import { Hearer, type Sound } from "./hearer.ts";
import { type Keys, Opener } from "./opener.ts";
import { chooseTrack } from "./rendition.ts";
import { ScreenWatch } from "./screen_watch.ts";
import type { Picture, PictureKind } from "./state.ts";
import { NOTHING, Watch } from "./watch.ts";

export type ViewerOptions = {
  readonly from: { readonly participant: string; readonly device: string };
  readonly keys: Keys;
  readonly relay: Relay;
  readonly sound: Sound;
  readonly maySpeak: () => boolean;
  /** Something that a person can see has changed. */
  readonly changed: () => void;
  readonly cataloged: () => void;
  /** Ask the publisher for a key frame. */
  readonly refresh: (device: string, track: PictureTrack) => void;
  /** Tell the publisher how its screen comes. */
  readonly report: (device: string, track: PictureTrack, reception: Reception) => void;
  /** How often that may be told. */
  readonly reportIntervalMs: () => number;
};

/** A tile that only moves is out of sight for a moment. */
const LINGER_MS = 1000;

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #easels = { screen: new Easel(), camera: new Easel() };
  readonly #stopCatalog: () => void;
  #catalog: Catalog | null = null;
  #screen: ScreenWatch | null = null;
  #camera: Watch | null = null;
  /** How high the camera's tile is; 0 while it is not in sight. */
  #tileHeightPx = 0;
  readonly #lingering = new Alarm(() => this.#watchCamera());
  /** From the first word on; a voice that is muted for a while costs nothing, and its next word is not cut. */
  #voice: Hearer | null = null;

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
  get screen(): Picture | null {
    return this.#screen?.view ?? null;
  }

  /** What we see of its camera; null while that is off. */
  get camera(): Picture | null {
    return this.#catalog?.camera.length ? (this.#camera?.view ?? NOTHING) : null;
  }

  place(kind: PictureKind, surface: Surface | null): void {
    this.#easels[kind].place(surface);
  }

  /** The camera's tile is `heightPx` high from now on; 0 when it is not in sight. */
  watchCamera(heightPx: number): void {
    this.#tileHeightPx = heightPx;
    if (heightPx > 0) this.#watchCamera();
    else this.#lingering.set(performance.now() + LINGER_MS);
  }

  close(): void {
    this.#stopCatalog();
    this.#screen?.close();
    this.#lingering.set(null);
    this.#camera?.close();
    for (const easel of Object.values(this.#easels)) easel.place(null);
    this.#voice?.close();
  }

  #receiveCatalog(bytes: Uint8Array | null): void {
    const catalog = bytes === null ? null : decodeCatalog(bytes);
    if (catalog === null) return;
    this.#catalog = catalog;
    if (catalog.mic !== null) this.#voice ??= new Hearer(this.#options);
    if (!catalog.screen) this.#closeScreen();
    else this.#screen ??= new ScreenWatch({ ...this.#options, easel: this.#easels.screen });
    this.#watchCamera();
    this.#options.cataloged();
    this.#options.changed();
  }

  /** Between two sizes of one camera the last picture stays. */
  #watchCamera(): void {
    this.#lingering.set(null);
    const before = this.#camera;
    const track = chooseTrack(this.#catalog?.camera ?? [], this.#tileHeightPx, before?.track ?? null);
    if (track === (before?.track ?? null)) return;
    before?.close();
    const easel = this.#easels.camera;
    this.#camera = track === null ? null : new Watch({ ...this.#options, track, easel, view: before?.view });
    this.#options.changed();
  }

  #closeScreen(): void {
    this.#screen?.close();
    this.#screen = null;
  }
}
