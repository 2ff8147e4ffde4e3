import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

// For Stryker (stryker.config.json): the tests of the rooms that are mutated. They are fast; what goes over sockets is not here.
// One that is not Greenwich, for the tests of dates: those of Stryker run in threads, where it cannot be changed.
process.env.TZ = "Asia/Tokyo"
// Properties have fewer seeds (test/support/exhaustive.ts): Stryker runs them once for each change.
process.env.MUTATION = "1"

export default defineConfig({
  resolve: {
    // The changed sources are in a copy of the workspace, and the packages have to find each other there.
    alias: [
      { find: /^@effect-tiledb\/(\w+)$/, replacement: resolve("packages/$1/src/index.ts") },
      { find: /^@effect-tiledb\/(\w+)\/(\w+)$/, replacement: resolve("packages/$1/src/$2.ts") },
    ],
  },
  test: {
    include: [
      "packages/client/test/{secrets,retry,limiter,attempt,failure,people}/**/*.test.ts",
      "packages/client/test/Pages.test.ts",
      "packages/testkit/test/{state,api}/**/*.test.ts",
    ],
    testTimeout: 30_000,
    isolate: false,
  },
})
