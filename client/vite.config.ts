import { defineConfig, type Plugin } from "vite";
import { packWords } from "./src/e2ee/front_code.ts";

/** The list of words is a tenth of all script that a meeting loads: packed, it travels in two thirds of the bytes. */
function packedWords(): Plugin {
  return {
    name: "packed-words",
    apply: "build",
    async load(id) {
      if (!id.endsWith("/src/e2ee/words.ts")) return null;
      const { WORDS } = await import("./src/e2ee/words.ts");
      return `import { unpackWords } from "./front_code.ts";
export const WORDS = unpackWords(${JSON.stringify(packWords(WORDS))});`;
    },
  };
}

/**
 * The room's bundle. Django serves it from `/static/room/`, names files by `manifest.json` and allows no inline script,
 * so nothing may be inlined; names depend on contents only, so two builds of one commit are the same bytes.
 */
export default defineConfig({
  base: "/static/room/",
  publicDir: false,
  plugins: [packedWords()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es", plugins: () => [packedWords()] },
  build: {
    target: "es2024",
    outDir: "../src/conclave/web/static/room",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["src/pages/meeting.tsx", "src/pages/invitation.tsx", "src/pages/site.ts"] },
  },
});
