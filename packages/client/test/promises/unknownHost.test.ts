import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { makeUsers } from "../support/users.js"

describe("a host without an address", () => {
  const policies = { none: RetryPolicy.none, standard: RetryPolicy.standard, forceful: RetryPolicy.forceful }
  for (const [name, retryPolicy] of Object.entries(policies)) {
    it.effect(`is asked for once more at the most, within half a second: ${name}`, () =>
      Effect.gen(function* () {
        let requests = 0
        const client = HttpClient.make((request) => {
          requests++
          const cause = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND", syscall: "getaddrinfo" })
          return Effect.fail(new RequestError({ request, reason: "Transport", cause }))
        })
        const users = yield* Effect.scoped(
          Effect.provideService(makeUsers({ retryPolicy }), HttpClient.HttpClient, client),
        )
        const fiber = yield* Effect.fork(Effect.flip(users.getSelfUser))
        yield* TestClock.adjust("500 millis")
        assert.deepInclude(yield* Fiber.join(fiber), {
          _tag: "TransportError",
          detail: "ENOTFOUND",
          outcome: "NotSent",
        })
        assert.strictEqual(requests, name === "none" ? 1 : 2)
      }),
    )
  }

  it.effect("is asked for as often as the policy says when the resolver itself does not answer (EAI_AGAIN)", () =>
    Effect.gen(function* () {
      let requests = 0
      const client = HttpClient.make((request) => {
        requests++
        const cause = Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN", syscall: "getaddrinfo" })
        return Effect.fail(new RequestError({ request, reason: "Transport", cause }))
      })
      const users = yield* Effect.scoped(Effect.provideService(makeUsers(), HttpClient.HttpClient, client))
      const fiber = yield* Effect.fork(Effect.flip(users.getSelfUser))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(requests, RetryPolicy.standard.attempts)
    }),
  )
})
