import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, World } from "./harness.js"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const [, session = ""] = /```console\n([\s\S]*?)```/.exec(readme) ?? []

const steps = session
  .split(/^\$ /m)
  .slice(1)
  .map((step) => {
    const [command = "", ...output] = step.split("\n")
    return { command, output: output.join("\n") }
  })

/** What differs from one run to the next. */
const settle = (text: string): string =>
  text
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080")
    .replaceAll(/\d+ rows\/s/g, "90 rows/s")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-28T09:00:00.000Z")

describe("README", () => {
  it.scopedLive("the session happens as it is written down", () =>
    Effect.gen(function* () {
      const { start, write } = yield* World
      let ran = 0
      for (const { command, output } of steps) {
        const [program, ...words] = command.split(" ")
        if (program === "cat") {
          write(words[0] ?? "", output)
          continue
        }
        const status = / # exit code (\d+)$/.exec(command)
        const args = command.replace(/ # exit code \d+$/, "").split(" ")
        assert.deepStrictEqual(args.slice(0, 2), ["pnpm", "admin"], command)
        const { ended, process } = start(args.slice(2))
        process.stdin?.end()
        const { code, stderr, stdout } = yield* Effect.promise(() => ended)
        assert.strictEqual(settle(stderr + stdout), settle(output), command)
        assert.strictEqual(code, Number(status?.[1] ?? 0), command)
        ran++
      }
      assert.isAtLeast(ran, 5)
    }).pipe(Effect.provide(layer({ seed: "readme" }))),
  )
})
