import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    // Tests that draw hundreds of cases are slow on a busy machine, which is no fault; this only ends what hangs.
    testTimeout: 60_000,
  },
});
