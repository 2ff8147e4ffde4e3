import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // By default one core is kept free, which on two is half of them.
    maxWorkers: 2,
    minWorkers: 2,
    projects: ["schema", "client", "testkit", "examples"].map((name) => ({
      test: {
        name,
        root: name === "examples" ? "examples" : `packages/${name}`,
        include: ["test/**/*.test.ts", "quick-start/*.test.ts"],
        // For a machine that does other things too; a test that hangs is still told from one that is slow.
        testTimeout: 30_000,
      },
    })),
  },
})
