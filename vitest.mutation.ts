import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

// For Stryker (stryker.config.json): the tests of the rooms that are mutated. They are fast; what goes over sockets is not here.
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
      "packages/client/test/{secrets,retry,limiter,attempt,failure}/**/*.test.ts",
      "packages/testkit/test/{state,api}/**/*.test.ts",
    ],
    testTimeout: 30_000,
    isolate: false,
  },
})
