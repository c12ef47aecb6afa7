/** Trusted Types: the one place that makes an address a script may be loaded from. */

interface ScriptUrlPolicy {
  createScriptURL(url: string): unknown;
}

interface TrustedTypeFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptUrlPolicy;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypeFactory };
const policy = trustedTypes?.createPolicy("conclave", { createScriptURL: ownScriptUrl });

/** Return `url` in the form that `new Worker` demands under Trusted Types; the plain text where there are none. */
export function trustedScriptUrl(url: string): string {
  // The types of the DOM library do not know that a trusted address is accepted for a string.
  return (policy ? policy.createScriptURL(url) : ownScriptUrl(url)) as string;
}

/** Only files of our own origin are scripts. */
function ownScriptUrl(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError("not a script of this origin");
  return url;
}
