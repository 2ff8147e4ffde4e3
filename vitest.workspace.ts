import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const setupFiles = [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))]

export default defineConfig({
  test: {
    // One more than CI has cores: many tests wait for sockets.
    maxWorkers: 3,
    minWorkers: 3,
    // What the code under test logs is shown for a test that fails.
    silent: "passed-only",
    // The files of a project share three processes, which import Effect once: a third of the time is saved.
    poolOptions: { forks: { isolate: false } },
    projects: ["schema", "client", "testkit", "examples"].map((name) => ({
      test: {
        name,
        root: name === "examples" ? "examples" : `packages/${name}`,
        include: ["test/**/*.test.ts", "quick-start/*.test.ts"],
        setupFiles,
        // For a machine that does other things too; a test that hangs is still told from one that is slow.
        testTimeout: 30_000,
      },
    })),
  },
})
