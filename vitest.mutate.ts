import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

// The tests that are to notice a change of one module: `pnpm mutate` names them (.ci/tools/mutate.ts).
const include = process.env.MUTATE_TESTS?.split(",") ?? []

// A worker starts for each change, and most of what it loads is Effect's test runner: tests without effects do without.
const light = !include.some((path) => /\bit\.(?:effect|live|scoped)/.test(readFileSync(path, "utf8")))

export default defineConfig({
  resolve: {
    // The changed sources are in a copy of the workspace, and the packages have to find each other there.
    alias: [
      { find: /^@effect-tiledb\/(\w+)$/, replacement: resolve("packages/$1/src/index.ts") },
      { find: /^@effect-tiledb\/(\w+)\/(\w+)$/, replacement: resolve("packages/$1/src/$2.ts") },
      ...(light ? [{ find: "@effect/vitest", replacement: "vitest" }] : []),
    ],
  },
  test: { include, testTimeout: 30_000, isolate: false },
})
