import { defineConfig } from "vitest/config"

export default defineConfig({
  test: { include: ["test/*.test.ts"], sequence: { concurrent: true }, testTimeout: 120_000, hookTimeout: 60_000 },
})
