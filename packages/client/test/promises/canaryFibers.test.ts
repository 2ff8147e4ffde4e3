// What a call under way shows to whoever prints its fiber, or what it runs in: on every transport, in every phase.
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, Users } from "@effect-tiledb/client"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { calls, canary, schemes } from "../support/canaryWorld.js"
import { inFull } from "../support/exhaustive.js"
import { type Listener, listening } from "../support/listening.js"
import { transports } from "../support/transports.js"
import { assertNoneUnderWay } from "../support/underWay.js"
import { usersLayer } from "../support/users.js"

/** Where a call can be: what the server has sent of its answer. */
const phases: Record<string, Listener> = {
  "before the head": () => {},
  "in the body": (_, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.write('{"data":')
  },
  "in a body of known length": (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 1000 })
    response.write('{"data":')
  },
  "in the body of an error": (_, response) => {
    response.writeHead(400, { "content-type": "application/json" })
    response.write('{"message":')
  },
  "in the wait before a repeat": (_, response) => {
    response.writeHead(429, { "content-type": "application/json", "retry-after": "60" }).end("{}")
  },
}

const turn = Effect.async<void>((resume) => {
  setTimeout(() => resume(Effect.void), 5)
})

describe("a call in flight exposes no secret", () => {
  for (const [number, [name, transport]] of Object.entries(transports).entries()) {
    for (const [phase, answer] of Object.entries(phases)) {
      it.scopedLive(`${name}: ${phase}`, () =>
        Effect.gen(function* () {
          // By default each transport has one of the schemes.
          const some = Object.values(schemes).filter((_, index) => inFull(true, index === number % 3))
          for (const credentials of some) {
            const asked = yield* Deferred.make<void>()
            const waits = yield* Deferred.make<void>()
            const baseUrl = yield* listening((request, response, body) => {
              answer(request, response, body)
              Deferred.unsafeDone(asked, Effect.void)
            })
            const retryPolicy = RetryPolicy.make({
              attempts: 2,
              deadline: "5 minutes",
              maxRetryAfter: "2 minutes",
              repeatUnsafe: true,
              onRetry: () => Deferred.succeed(waits, undefined),
            })
            const layer = Layer.provideMerge(usersLayer({ baseUrl, credentials, retryPolicy }), transport)
            const reached = Effect.zipRight(Deferred.await(phase.startsWith("in the wait") ? waits : asked), turn)
            for (const { call } of [calls.changePassword, calls.resetPassword]) {
              const exit = yield* assertNoneUnderWay(Effect.flatMap(Users.Users, call), layer, reached, canary)
              assert.isTrue(Exit.isInterrupted(exit))
            }
          }
        }),
      )
    }
  }
})
