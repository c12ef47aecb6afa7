/** WebCodecs as far as the room's code asks for it: what is decoded is only counted, in no time. */

/** A picture that nobody looks at. */
class Picture {
  readonly codedWidth = 1280;
  readonly codedHeight = 720;
  readonly timestamp: number;

  constructor(timestamp: number) {
    this.timestamp = timestamp;
  }
  clone(): Picture {
    return this;
  }
  close(): void {}
}

type Chunk = { readonly timestamp: number };

class Decoder {
  readonly #output: (picture: Picture) => void;
  state = "configured";
  decodeQueueSize = 0;

  constructor(init: { output: (picture: Picture) => void }) {
    this.#output = init.output;
  }
  configure(): void {}
  decode({ timestamp }: Chunk): void {
    this.#output(new Picture(timestamp));
  }
  close(): void {
    this.state = "closed";
  }
}

/** A voice is decoded on another thread of a browser, and heard nowhere here. */
class Ear {
  state = "configured";
  decodeQueueSize = 0;
  configure(): void {}
  decode(): void {}
  close(): void {}
}

class EncodedChunk {
  readonly timestamp: number;
  constructor({ timestamp }: Chunk) {
    this.timestamp = timestamp;
  }
}

/** Put them where a browser has them. */
export function installCodecs(): void {
  const codecs = { VideoDecoder: Decoder, AudioDecoder: Ear, EncodedVideoChunk: EncodedChunk };
  Object.assign(globalThis, { ...codecs, EncodedAudioChunk: EncodedChunk });
}
