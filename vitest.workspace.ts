import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: ["schema", "client", "testkit", "examples"].map((name) => ({
      test: {
        name,
        root: name === "examples" ? "examples" : `packages/${name}`,
        include: ["test/**/*.test.ts"],
      },
    })),
  },
})
