import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

// The tests that are to notice a change of one module: `pnpm mutate` names them (.ci/tools/mutate.ts).
const include = process.env.MUTATE_TESTS?.split(",") ?? []

export default defineConfig({
  resolve: {
    // The changed sources are in a copy of the workspace, and the packages have to find each other there.
    alias: [
      { find: /^@effect-tiledb\/(\w+)$/, replacement: resolve("packages/$1/src/index.ts") },
      { find: /^@effect-tiledb\/(\w+)\/(\w+)$/, replacement: resolve("packages/$1/src/$2.ts") },
    ],
  },
  test: { include, testTimeout: 30_000, isolate: false },
})
