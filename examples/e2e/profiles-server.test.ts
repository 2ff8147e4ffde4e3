import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { assert, it } from "@effect/vitest"
import { TestServer } from "@effect-tiledb/testkit"
import { Effect, Redacted } from "effect"

const root = new URL("../..", import.meta.url)

it.scopedLive("the program of docs/recipes/http-api.md serves the profiles, and ends at SIGTERM", () =>
  Effect.gen(function* () {
    const { apiKey, baseUrl } = yield* TestServer.TestServer
    const { HOME = "", PATH = "" } = process.env
    const env = { HOME, PATH, PORT: "0", TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: Redacted.value(apiKey) }
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => spawn("node", ["--import", "tsx", "examples/src/profiles-server.ts"], { cwd: root, env })),
      (server) => Effect.sync(() => server.kill("SIGKILL")),
    )
    const url = yield* Effect.promise(async () => {
      for await (const line of createInterface(server.stdout)) {
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
        if (url !== undefined) return url
      }
      return "no address"
    })
    const response = yield* Effect.promise(() =>
      fetch(`${url}/profiles`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "ada", email: "ada@example.com", password: "correct horse" }),
      }),
    )
    assert.strictEqual(response.status, 201)
    server.kill("SIGTERM")
    yield* Effect.promise(() => once(server, "exit"))
  }).pipe(Effect.provide(TestServer.layer())),
)
