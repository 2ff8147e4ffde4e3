import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as Script from "../support/retryScript.js"

const run = (
  name: keyof typeof Script.calls,
  answers: readonly [Script.Answer, ...ReadonlyArray<Script.Answer>],
  policy: RetryPolicy.RetryPolicy = RetryPolicy.standard,
) =>
  Effect.gen(function* () {
    const service = Script.scripted(...answers)
    const users = yield* Script.make(service.client, { retryPolicy: policy })
    const ended = yield* Script.toTheEnd(Script.calls[name](users))
    return { ...ended, arrivals: service.arrivals }
  })

const reasons = (error: { readonly attempts: ReadonlyArray<{ readonly reason: string }> }) =>
  error.attempts.map((attempt) => attempt.reason)

describe("deleteUser", () => {
  const { notFound } = Script

  it.scoped("is not found when the first answer says so", () =>
    Effect.gen(function* () {
      const error = Script.errorOf(yield* run("deleteUser", [notFound]))
      assert(error._tag === "NotFound")
      assert.deepStrictEqual(reasons(error), ["404"])
    }),
  )

  const unknown: Readonly<Record<string, Script.Answer>> = {
    reset: Script.reset,
    timeout: Script.silence,
    "408": Script.respond(408),
    "500": Script.respond(500),
    "502": Script.respond(502),
    "503": Script.respond(503),
    "504": Script.respond(504),
  }
  for (const [name, fault] of Object.entries(unknown)) {
    it.scoped(`is done when an earlier attempt (${name}) may have deleted the user`, () =>
      Effect.gen(function* () {
        const { arrivals, result } = yield* run("deleteUser", [fault, notFound])
        assert.deepStrictEqual(result, Either.right(undefined))
        assert.strictEqual(arrivals.length, 2)
      }),
    )
  }

  const notSent: Readonly<Record<string, Script.Answer>> = {
    refused: Script.refused,
    "429": Script.respond(429),
    "503 with Retry-After": Script.respond(503, null, { "retry-after": "1" }),
  }
  for (const [name, fault] of Object.entries(notSent)) {
    it.scoped(`is not found when the earlier attempt (${name}) did nothing`, () =>
      Effect.gen(function* () {
        const error = Script.errorOf(yield* run("deleteUser", [fault, notFound]))
        assert(error._tag === "NotFound")
        assert.strictEqual(error.attempts.length, 2)
      }),
    )
  }

  it.scoped("is done when any of the earlier attempts may have deleted the user", () =>
    Effect.gen(function* () {
      const { arrivals, result } = yield* run("deleteUser", [Script.reset, Script.refused, notFound])
      assert.isTrue(Either.isRight(result))
      assert.strictEqual(arrivals.length, 3)
    }),
  )

  for (const name of ["getUser", "updateUser"] as const) {
    it.scoped(`alone takes 404 for done: ${name} is not found after an unknown outcome`, () =>
      Effect.gen(function* () {
        const error = Script.errorOf(yield* run(name, [Script.reset, notFound]))
        assert(error._tag === "NotFound")
        assert.strictEqual(error.outcome, "Unknown")
      }),
    )
  }
})

describe("outcome", () => {
  const outcomeOf = (...faults: readonly [Script.Answer, ...ReadonlyArray<Script.Answer>]) =>
    Effect.map(
      run("updateUser", faults, RetryPolicy.modify(RetryPolicy.standard, { attempts: faults.length })),
      (ended) => {
        const error = Script.errorOf(ended)
        assert(error._tag === "TransportError")
        return { outcome: error.outcome, reason: error.reason }
      },
    )

  it.scoped("is NotSent only when no attempt can have taken effect", () =>
    Effect.gen(function* () {
      const { refused, reset, respond } = Script
      assert.deepStrictEqual(yield* outcomeOf(refused, refused), { outcome: "NotSent", reason: "ConnectionFailed" })
      assert.deepStrictEqual(yield* outcomeOf(respond(429), refused), {
        outcome: "NotSent",
        reason: "ConnectionFailed",
      })
      assert.deepStrictEqual(yield* outcomeOf(reset, refused), { outcome: "Unknown", reason: "ConnectionFailed" })
      assert.deepStrictEqual(yield* outcomeOf(refused, reset, refused), {
        outcome: "Unknown",
        reason: "ConnectionFailed",
      })
      assert.deepStrictEqual(yield* outcomeOf(respond(500), refused), {
        outcome: "Unknown",
        reason: "ConnectionFailed",
      })
    }),
  )

  it.scoped("is part of what the error says", () =>
    Effect.gen(function* () {
      const unknown = Script.errorOf(yield* run("createUser", [Script.reset]))
      assert.include(unknown.message, "it may have taken effect: check")
      assert.include(unknown.message, "not retried: the operation is not safe to retry")
      const notSent = Script.errorOf(yield* run("createUser", [Script.refused]))
      assert.include(notSent.message, "nothing was done")
    }),
  )
})

describe("attempts", () => {
  it.scoped("are counted once for all kinds of fault", () =>
    Effect.gen(function* () {
      const { arrivals, ...ended } = yield* run("getUser", [
        Script.refused,
        Script.respond(429),
        Script.cutOff,
        Script.respond(500),
        Script.good("getUser"),
      ])
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      assert.strictEqual(arrivals.length, 4)
      assert.deepStrictEqual(
        error.attempts.map((_) => ({ ..._ })),
        [
          { number: 1, delay: Duration.millis(0), reason: "ConnectionFailed" },
          { number: 2, delay: Duration.millis(107), reason: "429" },
          { number: 3, delay: Duration.millis(45), reason: "ConnectionLost" },
          { number: 4, delay: Duration.millis(838), reason: "500" },
        ],
      )
    }),
  )

  it.scoped("end with the first answer that is no fault, good or bad", () =>
    Effect.gen(function* () {
      const good = yield* run("getUser", [Script.reset, Script.respond(503), Script.good("getUser"), Script.reset])
      assert.isTrue(Either.isRight(good.result))
      assert.strictEqual(good.arrivals.length, 3)
      const bad = yield* run("createUser", [Script.refused, Script.respond(409), Script.good("createUser")])
      const error = Script.errorOf(bad)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.status, 409)
      assert.strictEqual(error.stopped, undefined)
      assert.strictEqual(bad.arrivals.length, 2)
    }),
  )
})

describe("deadline", () => {
  const within = (deadline: Duration.DurationInput) => RetryPolicy.modify(RetryPolicy.standard, { deadline })

  it.scoped("is not slept through: a wait that would pass it is not begun", () =>
    Effect.gen(function* () {
      const ended = yield* run("getUser", [Script.respond(503)], within("100 millis"))
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.stopped, "Deadline")
      assert.strictEqual(ended.took, 0)
      assert.strictEqual(ended.arrivals.length, 1)
    }),
  )

  for (const [where, answer] of [
    ["the head", Script.silence],
    ["the body", Script.stalled],
    ["a body of a known length", Script.stalledShort],
  ] as const) {
    it.scoped(`covers ${where}`, () =>
      Effect.gen(function* () {
        const ended = yield* run("getUser", [answer], within("5 seconds"))
        const error = Script.errorOf(ended)
        assert(error._tag === "TransportError")
        assert.strictEqual(error.reason, "Deadline")
        assert.strictEqual(error.stopped, "Deadline")
        assert.strictEqual(error.outcome, "Unknown")
        assert.strictEqual(ended.took, 5000)
        assert.strictEqual(ended.arrivals.length, 1)
      }),
    )
  }

  it.scoped("does not lose a status whose body does not come", () =>
    Effect.gen(function* () {
      const ended = yield* run("getUser", [Script.stalledError], RetryPolicy.none)
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      // As long as the attempt has.
      assert.strictEqual(ended.took, 20_000)
    }),
  )

  it.scoped("covers the body of an error, whose status stands", () =>
    Effect.gen(function* () {
      const ended = yield* run("getUser", [Script.stalledError], within("5 seconds"))
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.stopped, "Deadline")
      assert.strictEqual(ended.took, 5000)
      assert.strictEqual(ended.arrivals.length, 1)
    }),
  )

  it.scoped("leaves the last attempt what is left", () =>
    Effect.gen(function* () {
      const ended = yield* run("getUser", [Script.silence], within("50 seconds"))
      const error = Script.errorOf(ended)
      assert.strictEqual(ended.took, 50_000)
      assert.deepStrictEqual(ended.arrivals, [0, 20_107, 40_152])
      assert(error._tag === "TransportError")
      assert.deepStrictEqual(reasons(error), ["Timeout", "Timeout", "Deadline"])
    }),
  )

  it.scoped("covers slow answers and the waits between them", () =>
    Effect.gen(function* () {
      const slow = Script.after("19 seconds", Script.respond(503))
      const ended = yield* run("getUser", [slow], within("1 minute"))
      const error = Script.errorOf(ended)
      assert(error._tag === "TransportError")
      assert.deepStrictEqual(reasons(error), ["503", "503", "503", "Deadline"])
      assert.strictEqual(ended.took, 60_000)
    }),
  )

  it.scoped("covers the hook: past it nothing is sent", () =>
    Effect.gen(function* () {
      const policy = RetryPolicy.modify(within("5 seconds"), { onRetry: () => Effect.sleep("1 hour") })
      const ended = yield* run("getUser", [Script.respond(503)], policy)
      const error = Script.errorOf(ended)
      assert(error._tag === "ApiError")
      assert.strictEqual(error.stopped, "Deadline")
      assert.deepStrictEqual(reasons(error), ["503"])
      assert.strictEqual(ended.took, 5000)
      assert.strictEqual(ended.arrivals.length, 1)
    }),
  )
})

describe("an answer that should have no body", () => {
  for (const [name, answer] of [
    ["stalls", Script.stalled],
    ["breaks off", Script.cutOff],
    ["has no end", Script.endless],
  ] as const) {
    it.scoped(`proves nothing with one that ${name}, and is not waited for`, () =>
      Effect.gen(function* () {
        const ended = yield* run("changePassword", [answer])
        assert.deepInclude(Script.errorOf(ended), { _tag: "DecodeError", outcome: "Unknown" })
        assert.strictEqual(ended.arrivals.length, 1)
        assert.isAtMost(ended.took, 1000)
      }),
    )
  }
})
