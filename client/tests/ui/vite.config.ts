import { defineConfig } from "vite";

/** Builds the harness for itself; nothing of it is in the product's bundle. */
// biome-ignore lint/style/noDefaultExport: vite asks for this form
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2024", outDir: "dist", emptyOutDir: true, modulePreload: { polyfill: false } },
});
