import { defineConfig } from "vitest/config"

// What starts other programs (Prism, a browser, Python, an installed tarball): a step of CI of its own.
export default defineConfig({
  test: {
    maxWorkers: 2,
    minWorkers: 1,
    projects: [
      {
        test: {
          name: "e2e",
          include: ["packages/testkit/e2e/*.test.ts", "examples/e2e/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
