import { defineConfig } from "vite";

/**
 * The room's bundle. Django serves it from `/static/room/`, names files by `manifest.json` and allows no inline script,
 * so nothing may be inlined; names depend on contents only, so two builds of one commit are the same bytes.
 */
export default defineConfig({
  base: "/static/room/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
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
