/** Base64 (RFC 4648, section 4) between text and bytes, by the browser itself where it can. */

type FromBase64 = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
type ToBase64 = { toBase64?: () => string };

/** How many bytes become one argument list; more overflows the stack of some engines. */
const CHUNK_BYTES = 8192;
const ALPHABET = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Return the bytes, or null when `text` is not base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!ALPHABET.test(text)) return null;
  const native = (Uint8Array as FromBase64).fromBase64;
  return native ? native(text) : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function encodeBase64(bytes: Uint8Array): string {
  const native = (bytes as ToBase64).toBase64;
  if (native) return native.call(bytes);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return btoa(parts.join(""));
}
