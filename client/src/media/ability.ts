/** What this device really encodes and decodes. Browsers claim more than they do, so encoders are put to the test. */

import { startsWithParameters } from "./annexb.ts";
import { codecString, codedSize, FAMILIES, type Family, type Size } from "./codecs.ts";
import { encoderConfig, PictureEncoder } from "./picture_encoder.ts";
import { fine, type Profile, SCREEN } from "./profile.ts";
import { voiceConfig } from "./voice_encoder.ts";
import { SAMPLE_RATE_HZ } from "./voice_format.ts";

/** An encoder that holds its first picture longer than this on a busy machine is of no use in a meeting. */
const TEST_TIMEOUT_MS = 2000;
/** Every codec is asked about at this size. */
const USUAL_SIZE: Size = { width: 1920, height: 1080 };
const VP9_PROFILE_MASK = 0b0011_0000;

/** Return the families that this device decodes. */
export async function decodableFamilies(): Promise<readonly Family[]> {
  const answers = await Promise.all(
    FAMILIES.map((family) =>
      VideoDecoder.isConfigSupported({ codec: codecString(family, USUAL_SIZE) }).catch(() => ({ supported: false })),
    ),
  );
  return FAMILIES.filter((_, index) => answers[index]?.supported);
}

/** The only family that browsers encode as finely as they are told to, and with means that are made for text. */
const FINE_FAMILY: Family = "av01";

/** Return the family in which this device encodes screens of `size` as fine as they are, or null. */
export async function fineFamily(size: Size): Promise<Family | null> {
  return (await canEncode(FINE_FAMILY, size, fine(SCREEN))) ? FINE_FAMILY : null;
}

/** Whether this device encodes screens of `size` in `family`: it must encode a picture now, without waiting for more. */
export async function canEncode(family: Family, size: Size, profile = SCREEN): Promise<boolean> {
  const coded = codedSize(family, size);
  try {
    const { supported } = await VideoEncoder.isConfigSupported(encoderConfig(family, coded, profile));
    return supported === true && (await testEncode(family, coded, profile));
  } catch {
    return false;
  }
}

/** Whether this device says that it encodes a voice. */
export async function canEncodeVoice(): Promise<boolean> {
  try {
    return (await AudioEncoder.isConfigSupported(voiceConfig(SAMPLE_RATE_HZ))).supported === true;
  } catch {
    return false;
  }
}

function testEncode(family: Family, size: Size, profile: Profile): Promise<boolean> {
  return new Promise((resolve) => {
    const encoder = new PictureEncoder(family, profile, {
      encoded: (chunk) => end(chunk.type === "key" && isInProfile(family, chunk)),
      failed: () => end(false),
    });
    const timer = setTimeout(() => end(false), TEST_TIMEOUT_MS);
    const end = (isGood: boolean) => {
      clearTimeout(timer);
      encoder.close();
      resolve(isGood);
    };
    const picture = blankPicture(size);
    encoder.encode(picture, 0, true);
    picture.close();
  });
}

function isInProfile(family: Family, chunk: EncodedVideoChunk): boolean {
  const picture = new Uint8Array(chunk.byteLength);
  chunk.copyTo(picture);
  if (family === "avc1") return startsWithParameters(picture);
  return family !== "vp09" || ((picture[0] ?? 0) & VP9_PROFILE_MASK) === 0;
}

function blankPicture({ width, height }: Size): VideoFrame {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const data = new Uint8Array(width * height + 2 * chroma);
  return new VideoFrame(data, { format: "I420", codedWidth: width, codedHeight: height, timestamp: 0 });
}
