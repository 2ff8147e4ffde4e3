import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { makeUsers } from "../support/users.js"

describe("a host without an address is asked for as often as the policy says", () => {
  const policies = { none: RetryPolicy.none, standard: RetryPolicy.standard, forceful: RetryPolicy.forceful }
  for (const [name, retryPolicy] of Object.entries(policies)) {
    for (const code of ["ENOTFOUND", "EAI_AGAIN"]) {
      it.effect(`${name}, ${code}`, () =>
        Effect.gen(function* () {
          let requests = 0
          const client = HttpClient.make((request) => {
            requests++
            const cause = Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: "getaddrinfo" })
            return Effect.fail(new RequestError({ request, reason: "Transport", cause }))
          })
          const users = yield* Effect.scoped(
            Effect.provideService(makeUsers({ retryPolicy }), HttpClient.HttpClient, client),
          )
          const fiber = yield* Effect.fork(Effect.flip(users.getSelfUser))
          yield* TestClock.adjust("10 minutes")
          assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportError", detail: code, outcome: "NotSent" })
          assert.strictEqual(requests, retryPolicy.attempts)
        }),
      )
    }
  }
})
