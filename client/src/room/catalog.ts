/** The `catalog` track (docs/protocol/media.md): what a device decodes, and whether it is presenting. */

import { FAMILIES, type Family } from "../media/codecs.ts";

export type Catalog = { readonly decode: readonly Family[]; readonly screen: boolean };

/** Four families take less than 100 bytes; room for what later versions add. */
const MAX_CATALOG_BYTES = 4096;

const decoder = new TextDecoder("utf-8", { fatal: true });

export const encodeCatalog = ({ decode, screen }: Catalog): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ decode, screen }));

/** Return the catalog, or null when the bytes are not one; families that we do not know are left out. */
export function decodeCatalog(bytes: Uint8Array): Catalog | null {
  if (bytes.length > MAX_CATALOG_BYTES) return null;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { decode, screen } = value as Record<string, unknown>;
  if (!Array.isArray(decode) || typeof screen !== "boolean") return null;
  return { decode: FAMILIES.filter((family) => decode.includes(family)), screen };
}
