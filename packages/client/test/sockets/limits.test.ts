import { createServer } from "node:http"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as FetchTransport from "../../src/FetchTransport.js"
import * as NodeTransport from "../../src/NodeTransport.js"
import * as TileDBClient from "../../src/TileDBClient.js"
import * as Script from "../support/retryScript.js"
import { usersOf } from "../support/users.js"

/** Closed for three seconds from the first request on: 429 with the seconds that are left. */
const closedAtFirst = Effect.acquireRelease(
  Effect.async<{ readonly baseUrl: string; readonly refused: Array<number>; readonly stop: () => void }>((resume) => {
    const refused: Array<number> = []
    let opens: number | undefined
    const server = createServer((_, response) => {
      const now = performance.now()
      opens ??= now + 3000
      const open = now >= opens
      if (!open) refused.push(now)
      setTimeout(() => {
        if (open) {
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data: Script.user }))
        } else {
          response.writeHead(429, { "retry-after": String(Math.ceil(((opens ?? 0) - now) / 1000)) }).end()
        }
      }, 5)
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("the server has no port")
      const stop = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ baseUrl: `http://127.0.0.1:${address.port}/v4`, refused, stop }))
    })
  }),
  ({ stop }) => Effect.sync(stop),
)

it.scopedLive.each(["NodeTransport", "FetchTransport"] as const)(
  "over %s, 300 calls at a limit of 32 come through a closed window of 3 s with 32 refusals at most",
  (transport) =>
    Effect.gen(function* () {
      const server = yield* closedAtFirst
      const client = yield* TileDBClient.make({ baseUrl: server.baseUrl, concurrency: 32 })
      const users = yield* usersOf(client)
      const results = yield* Effect.all(
        Array.from({ length: 300 }, () => Effect.either(users.getUser(Script.userId))),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(results.filter(Either.isRight).length, 300)
      assert.isAtMost(server.refused.length, 32)
      assert.deepStrictEqual(yield* client.status, {
        waiting: 0,
        inFlight: 0,
        pausedUntil: Option.none(),
        retryBudget: 100,
      })
    }).pipe(Effect.provide({ NodeTransport, FetchTransport }[transport].layer)),
)
