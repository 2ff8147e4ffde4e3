import { assert, describe, it } from "@effect/vitest"
import { Faults } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { layer, parseReport, usersCsv, World } from "./harness.js"

const json = ["--format", "json"] as const

describe("what is not the service's own Error", () => {
  it.scopedLive("fails no row: the run stops, the rows stay open, and resume does them", () =>
    Effect.gen(function* () {
      const { admin, faults, journal, write } = yield* World
      const pages = [
        { status: 404, type: "text/plain", body: "default backend - 404" },
        { status: 403, type: "text/html", body: "<html>Just a moment…</html>" },
        { status: 405, type: "application/json", body: '{"title":"not allowed"}' },
        { status: 511, type: "text/html", body: "<html>log in</html>" },
      ]
      for (const { body, status, type } of pages) {
        write("users.csv", usersCsv(60).replaceAll("user-", `u${status}-`))
        const fault = Faults.answer({ status, headers: { "content-type": type }, body, when: "before" })
        yield* faults.install({ fault, operation: "createUser" })
        yield* journal.clear
        const first = yield* admin("create", "users.csv", "--concurrency", "4", ...json)
        assert.strictEqual(first.code, 3)
        const { counts, stopped } = parseReport(first.stdout)
        assert.strictEqual(counts.failed, 0, String(status))
        assert.match(String(stopped), /^The service is away/)
        assert.isAtMost((yield* journal.entries("createUser")).length, 20)
        yield* faults.clear
        const resumed = yield* admin("resume", "users.csv", ...json)
        assert.strictEqual(resumed.code, 0, resumed.stdout)
        assert.strictEqual(parseReport(resumed.stdout).counts.done, 60)
      }
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("the service's own 403 fails its rows, and how to send them again is said", () =>
    Effect.gen(function* () {
      const { admin, faults, write } = yield* World
      write("users.csv", usersCsv(40))
      yield* faults.install({ fault: Faults.status(403), operation: "createUser" })
      const first = yield* admin("create", "users.csv", "--concurrency", "1", ...json)
      assert.strictEqual(first.code, 3)
      assert.strictEqual(parseReport(first.stdout).counts.failed, 10)
      assert.include(first.stderr, "--retry-failed")
      yield* faults.clear
      const again = yield* admin("resume", "users.csv", "--retry-failed", ...json)
      assert.strictEqual(parseReport(again.stdout).counts.done, 40)
    }).pipe(Effect.provide(layer())),
  )

  it.scopedLive("an Error on every row stops the run; --max-failures says how many may fail", () =>
    Effect.gen(function* () {
      const { admin, faults, write } = yield* World
      write("users.csv", usersCsv(60))
      yield* faults.install({ fault: Faults.status(400), operation: "createUser" })
      const first = yield* admin("create", "users.csv", "--concurrency", "1", ...json)
      assert.strictEqual(first.code, 3)
      assert.strictEqual(parseReport(first.stdout).counts.failed, 20)
      const more = yield* admin("resume", "--max-failures", "30", "--concurrency", "1", ...json)
      assert.strictEqual(parseReport(more.stdout).counts.failed, 51)
    }).pipe(Effect.provide(layer())),
  )
})
