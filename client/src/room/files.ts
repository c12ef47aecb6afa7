/** The files of a meeting: those we offer, from which others take pieces, and those we take. They outlive connections. */

import { type Bytes, concat } from "../e2ee/bytes.ts";
import { digestOf, drawFileKey, FileCipher } from "../e2ee/file_cipher.ts";
import { Alarm } from "./alarm.ts";
import { Download } from "./download.ts";
import {
  cleanFileName,
  decodePiece,
  encodePiece,
  type FetchRequest,
  type FileOffer,
  MAX_FILE_BYTES,
  PIECE_BYTES,
  pieceCount,
  readFetch,
  readWithdrawal,
} from "./file_wire.ts";
import type { FileProgress, MessageRef } from "./state.ts";

/** Files that one person may offer in a meeting, and requests that may wait: enough for everyone here to take one. */
const MAX_OFFERS = 50;
const MAX_REQUESTS = 250;
/** Offers of others; as many as the chat has messages. */
const MAX_KNOWN = 2000;
/** How long a request waits for the relay to read our track: a round trip of whoever asked, and more. */
const WANTED_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 20;
/** A piece every so often: 8 MB/s, so that a request does not fill the memory before the network. */
const PIECE_EVERY_MS = 8;

export interface FilesHost {
  /** Send privately to one participant. */
  say(message: object, to: string): void;
  publish(piece: Uint8Array): void;
  /** Whether anyone reads our track of files. */
  isWanted(): boolean;
  /** Read the track of files of a participant until the returned function is called; null: that one is not here. */
  read(participant: string, receive: (piece: Uint8Array) => Promise<void>): (() => void) | null;
  changed(): void;
  /** A file is here whole. */
  save(name: string, content: Blob): void;
}

type Offered = { readonly file: Blob; readonly cipher: FileCipher };
type Known = { readonly offer: FileOffer; readonly from: string; state: FileProgress["state"]; taking: Taking | null };
type Taking = {
  readonly download: Download;
  readonly cipher: FileCipher;
  readonly pieces: Bytes[];
  readonly alarm: Alarm;
  stop: (() => void) | null;
};

export class Files {
  readonly #host: FilesHost;
  readonly #offered = new Map<string, Offered>();
  /** Offers of others, by who made them and their id. */
  readonly #known = new Map<string, Known>();
  readonly #requests: FetchRequest[] = [];
  #isServing = false;

  constructor(host: FilesHost) {
    this.#host = host;
  }

  get progress(): readonly FileProgress[] {
    return [...this.#known.values()].map(({ offer, from, state, taking }) => {
      return { from, id: offer.id, state, share: taking?.download.share ?? (state === "saved" ? 1 : 0) };
    });
  }

  /** Prepare an offer of `file`; null when it is empty, too large, or one too many. */
  async offer(id: string, file: File): Promise<FileOffer | null> {
    if (file.size === 0 || file.size > MAX_FILE_BYTES || this.#offered.size >= MAX_OFFERS) return null;
    const content = await readBytes(file);
    if (content === null) return null;
    const [key, digest] = [drawFileKey(), await digestOf(content)];
    this.#offered.set(id, { file, cipher: new FileCipher(key) });
    return { type: "file", id, name: cleanFileName(file.name), size: file.size, key, digest };
  }

  withdraw(id: string): void {
    this.#offered.delete(id);
  }

  /** Somebody offers a file. */
  learn(offer: FileOffer, from: string): void {
    if (this.#known.size >= MAX_KNOWN) return;
    this.#known.set(keyOf({ from, id: offer.id }), { offer, from, state: "offered", taking: null });
  }

  /** Somebody said something that may concern files. */
  hear(message: object, from: string, isPrivate: boolean): void {
    const fetch = isPrivate ? readFetch(message) : null;
    if (fetch !== null) this.#receiveFetch(fetch, from);
    const withdrawal = readWithdrawal(message);
    const known = withdrawal === null ? undefined : this.#known.get(keyOf({ from, id: withdrawal.file }));
    if (known !== undefined && known.state !== "saved") this.#stop(known, "gone");
  }

  /** Take a file that somebody offers. */
  fetch(ref: MessageRef): void {
    const known = this.#known.get(keyOf(ref));
    if (known === undefined || known.taking !== null || known.state === "gone") return;
    const { key, size } = known.offer;
    const alarm = new Alarm(() => this.#tick(known));
    known.taking = { download: new Download(size), cipher: new FileCipher(key), pieces: [], alarm, stop: null };
    known.state = "fetching";
    this.#begin(known, known.taking);
  }

  cancel(ref: MessageRef): void {
    const known = this.#known.get(keyOf(ref));
    if (known?.state === "fetching") this.#stop(known, "offered");
  }

  /** There is a new connection: go on with what was begun. */
  resume(): void {
    for (const known of this.#known.values()) if (known.taking !== null) this.#begin(known, known.taking);
  }

  close(): void {
    for (const known of this.#known.values()) this.#stop(known, known.state === "saved" ? "saved" : "gone");
    this.#offered.clear();
    this.#requests.length = 0;
  }

  // --- taking -----------------------------------------------------------------

  #begin(known: Known, taking: Taking): void {
    taking.stop?.();
    taking.stop = this.#host.read(known.from, (piece) => this.#receive(known, piece));
    if (taking.stop === null) return this.#stop(known, "failed");
    this.#ask(known, taking, taking.download.ask(performance.now()));
  }

  #ask({ offer, from }: Known, { download, alarm }: Taking, run: { from: number; count: number } | null): void {
    if (run !== null) this.#host.say({ type: "fetch", file: offer.id, ...run }, from);
    alarm.set(download.nextTimerMs());
    this.#host.changed();
  }

  async #receive(known: Known, bytes: Uint8Array): Promise<void> {
    const [taking, piece] = [known.taking, decodePiece(bytes)];
    if (taking === null || piece === null || piece.file !== known.offer.id) return;
    if (!taking.download.wants(piece.index)) return;
    const content = await taking.cipher.unseal(piece.index, piece.sealed);
    if (content === null || known.taking !== taking || content.length !== lengthOf(known.offer, piece.index)) return;
    taking.pieces[piece.index] = content;
    const run = taking.download.receive(piece.index, performance.now());
    if (taking.download.isComplete) return this.#finish(known, taking);
    if (run !== null) this.#ask(known, taking, run);
  }

  async #finish(known: Known, { pieces }: Taking): Promise<void> {
    const content = concat(...pieces);
    this.#stop(known, "checking");
    const isWhole = (await digestOf(content)) === known.offer.digest;
    known.state = isWhole ? "saved" : "failed";
    if (isWhole) this.#host.save(known.offer.name, new Blob([content]));
    this.#host.changed();
  }

  #tick(known: Known): void {
    const { taking } = known;
    if (taking === null) return;
    const run = taking.download.handleTimer(performance.now());
    if (taking.download.isLost) this.#stop(known, "failed");
    else this.#ask(known, taking, run);
  }

  #stop(known: Known, state: FileProgress["state"]): void {
    known.taking?.alarm.set(null);
    known.taking?.stop?.();
    known.taking = null;
    known.state = state;
    this.#host.changed();
  }

  // --- giving -----------------------------------------------------------------

  #receiveFetch(request: FetchRequest, from: string): void {
    // Withdrawn, or offered before this page was loaded anew.
    if (!this.#offered.has(request.file)) return this.#host.say({ type: "withdraw", file: request.file }, from);
    if (this.#requests.length < MAX_REQUESTS) this.#requests.push(request);
    if (!this.#isServing) void this.#serve();
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let next = this.#requests.shift(); next !== undefined; next = this.#requests.shift()) {
      if (await this.#isSoonWanted()) await this.#give(next);
    }
    this.#isServing = false;
  }

  async #isSoonWanted(): Promise<boolean> {
    const untilMs = performance.now() + WANTED_WITHIN_MS;
    while (!this.#host.isWanted() && performance.now() < untilMs) await pause(LOOK_EVERY_MS);
    return this.#host.isWanted();
  }

  async #give({ file: id, from, count }: FetchRequest): Promise<void> {
    for (let index = from; index < from + count; index++) {
      const offered = this.#offered.get(id);
      if (offered === undefined || index >= pieceCount(offered.file.size)) return;
      const piece = await readBytes(offered.file.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES));
      // It was changed or deleted meanwhile: the next request will be told that there is none.
      if (piece === null) return this.withdraw(id);
      this.#host.publish(encodePiece(id, index, await offered.cipher.seal(index, piece)));
      await pause(PIECE_EVERY_MS);
    }
  }
}

const keyOf = ({ from, id }: MessageRef): string => `${from}/${id}`;

const lengthOf = ({ size }: FileOffer, index: number): number => Math.min(PIECE_BYTES, size - index * PIECE_BYTES);

/** Return what is in a file of the person's, or null when it can no longer be read. */
const readBytes = (file: Blob): Promise<Bytes | null> =>
  file.arrayBuffer().then(
    (content) => new Uint8Array(content),
    () => null,
  );

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
