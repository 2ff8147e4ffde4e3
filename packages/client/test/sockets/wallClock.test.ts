// The clock on the wall may be set while a call is under way: how long it may take does not follow it.
import * as Http from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import { listening, portOf } from "../support/tlsWorld.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

/** Lets the date be moved by so many milliseconds, until the scope closes. */
const movable = Effect.acquireRelease(
  Effect.sync(() => {
    const real = Date.now
    return { real, move: (millis: number) => Reflect.set(Date, "now", () => real() + millis) }
  }),
  ({ real }) => Effect.sync(() => Reflect.set(Date, "now", real)),
)

const hour = 60 * 60 * 1000

describe("a wall clock that is set back an hour", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`${name}: the deadline ends the call at its time, the attempts at theirs`, () =>
      Effect.gen(function* () {
        const { move } = yield* movable
        let requests = 0
        const server = yield* listening(
          Http.createServer(() => {
            requests++
            move(-hour)
          }),
        )
        const began = performance.now()
        const error = yield* Effect.flatMap(Users.Users, (users) => Effect.flip(users.getSelfUser)).pipe(
          Effect.filterOrFail((error) => error._tag === "TransportError"),
          Effect.provide(
            usersLayer({
              baseUrl: `http://127.0.0.1:${portOf(server)}/v4`,
              credentials: Credentials.apiKey(Redacted.make("a-key")),
              retryPolicy: RetryPolicy.make({
                attempts: 50,
                baseDelay: 0,
                attemptTimeout: "150 millis",
                deadline: "400 millis",
              }),
            }).pipe(Layer.provide(transport)),
          ),
          Logger.withMinimumLogLevel(LogLevel.None),
        )
        const took = performance.now() - began
        assert.deepInclude(error, { _tag: "TransportError", outcome: "Unknown" })
        // Whether the last attempt's time was over first, or the call's.
        assert.include(["Deadline", "Timeout"], error.reason)
        // Of 150 ms each; the fiftieth would end after 7.5 s.
        assert.isAtLeast(requests, 1)
        assert.isAtMost(requests, 4)
        assert.isBelow(took, 5000)
      }),
    )
  }
})
