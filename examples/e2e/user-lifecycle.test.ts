import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { TestServer } from "@effect-tiledb/testkit"
import { Effect, Redacted } from "effect"

/** Runs the demo as `pnpm demo` does, with these variables and none of the machine's own. */
const demo = (variables: Record<string, string>) =>
  Effect.async<{ readonly code: number; readonly output: string }>((resume) => {
    const { HOME = "", PATH = "" } = process.env
    const child = execFile(
      process.execPath,
      ["--import", "tsx", "src/user-lifecycle.ts"],
      { cwd: new URL("..", import.meta.url), env: { HOME, PATH, ...variables }, timeout: 60_000 },
      (error, stdout, stderr) =>
        resume(Effect.succeed({ code: error === null ? 0 : (child.exitCode ?? -1), output: stdout + stderr })),
    )
    return Effect.sync(() => child.kill())
  })

describe("the demo", () => {
  it.live("ends with all ten operations green", () =>
    Effect.map(demo({}), ({ code, output }) => {
      assert.include(output, "All green: 10 operations")
      assert.notInclude(output, "✗")
      assert.strictEqual(code, 0)
    }),
  )

  it.scopedLive("only reads from a live deployment, and says what it skipped", () =>
    Effect.gen(function* () {
      const server = yield* TestServer.TestServer
      const { code, output } = yield* demo({
        TILEDB_REST_HOST: server.baseUrl,
        TILEDB_REST_TOKEN: Redacted.value(server.apiKey),
      })
      assert.include(output, "All green: 2 operations")
      for (const path of ["/users", "/users/{user_id}", "/actions/users/change_password"]) {
        assert.match(output, new RegExp(`(POST|PATCH|DELETE) ${path}, skipped: `))
      }
      assert.strictEqual(code, 0)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("a failing step ends it with a non-zero exit", () =>
    Effect.map(
      demo({ TILEDB_REST_HOST: "http://127.0.0.1:1", TILEDB_REST_TOKEN: "tiledb_canary" }),
      ({ code, output }) => {
        assert.include(output, "✗")
        assert.notInclude(output, "All green")
        assert.notInclude(output, "tiledb_canary")
        assert.notStrictEqual(code, 0)
      },
    ),
  )
})
