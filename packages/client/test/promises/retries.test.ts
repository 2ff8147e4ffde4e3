import { assert, describe, it } from "@effect/vitest"
import { type OperationName, Operations } from "@effect-tiledb/schema"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "fast-check"
import * as Budget from "../../src/internal/retry/budget.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import { mayHaveBeenDone } from "../../src/TileDBError.js"
import { inFull, seedOf } from "../support/exhaustive.js"
import * as Script from "../support/retryScript.js"

/** What a service does with one request: whether it acts on it, and what the client hears of that. */
interface Fate {
  readonly acts: boolean
  readonly heard: Script.Answer | "good"
}

const busy = (status: number, seconds: string) => Script.respond(status, null, { "retry-after": seconds })

/** Nothing has been done, and the answer (or its absence) proves it. */
const provablyNothing: Readonly<Record<string, Script.Answer>> = {
  refused: Script.refused,
  "429": Script.respond(429),
  "429, Retry-After 2": busy(429, "2"),
  "429, Retry-After 1000": busy(429, "1000"),
  "503, Retry-After 3": busy(503, "3"),
  "400": Script.respond(400),
}

/** It may have been done or not: the service decides by another coin. */
const unclear: Readonly<Record<string, Script.Answer>> = {
  reset: Script.reset,
  "reset after 3 s": Script.after("3 seconds", Script.reset),
  silence: Script.silence,
  "500": Script.respond(500),
  "502 after 15 s": Script.after("15 seconds", Script.respond(502, "<html>")),
  "503": Script.respond(503),
  "503, Retry-After -1": busy(503, "-1"),
  "504": Script.respond(504),
  "504, Retry-After 1": busy(504, "1"),
  "408": Script.respond(408),
}

/** It has been done, but the answer got lost on its way. */
const lostAnswers: Readonly<Record<string, Script.Answer>> = {
  "cut off": Script.cutOff,
  "cut off, known length": Script.cutOffShort,
  stalled: Script.stalled,
}

const fates: Readonly<Record<string, Fate>> = Object.fromEntries<Fate>([
  ["good", { acts: true, heard: "good" }],
  ["malformed", { acts: true, heard: Script.malformed }],
  ...Object.entries(provablyNothing).map(([name, heard]) => [name, { acts: false, heard }] as const),
  ...Object.entries(lostAnswers).map(([name, heard]) => [`done, ${name}`, { acts: true, heard }] as const),
  ...Object.entries(unclear).flatMap(
    ([name, heard]) =>
      [
        [`done, ${name}`, { acts: true, heard }],
        [`not done, ${name}`, { acts: false, heard }],
      ] as const,
  ),
])

/**
 * A service with a state that a call moves by one whenever a request of it takes effect; what becomes of each request is
 * written down beforehand, and its last fate is that of all later ones.
 */
const stateful = (name: OperationName, plan: ReadonlyArray<string>) => {
  const state = { applied: 0 }
  const [first, ...rest] = plan.map((fate): Script.Answer => {
    const { acts, heard } = fates[fate] ?? { acts: true, heard: "good" }
    const answer = heard === "good" ? Script.good(name) : heard
    return (request, signal) =>
      Effect.suspend(() => {
        if (acts) state.applied += 1
        return answer(request, signal)
      })
  })
  return { ...Script.scripted(first ?? Script.good(name), ...rest), state }
}

interface Case {
  readonly name: OperationName
  readonly plan: ReadonlyArray<string>
  readonly policy: RetryPolicy.Options
}

const anyPlan = FastCheck.array(FastCheck.constantFrom(...Object.keys(fates)), { minLength: 1, maxLength: 14 })

const anyPolicy: FastCheck.Arbitrary<RetryPolicy.Options> = FastCheck.record({
  attempts: FastCheck.integer({ min: 1, max: 12 }),
  baseDelay: FastCheck.constantFrom(0, 1, 250, 2000, 60_000),
  maxDelay: FastCheck.constantFrom(0, 1000, 8000, 300_000),
  maxRetryAfter: FastCheck.constantFrom(0, 2000, 30_000, 3_600_000),
  attemptTimeout: FastCheck.constantFrom(1000, 20_000, 120_000),
  deadline: FastCheck.constantFrom(1, 1500, 60_000, 600_000, 7_200_000),
})

const sample = (names: ReadonlyArray<OperationName>, numRuns: number, seed: number): ReadonlyArray<Case> =>
  FastCheck.sample(FastCheck.record({ name: FastCheck.constantFrom(...names), plan: anyPlan, policy: anyPolicy }), {
    seed: seedOf(seed),
    numRuns,
  })

const play = ({ name, plan, policy }: Case) =>
  Effect.gen(function* () {
    const service = stateful(name, plan)
    const users = yield* Script.make(service.client, { retryPolicy: RetryPolicy.make(policy) })
    const result = yield* Effect.either(Script.calls[name](users))
    const took = yield* Clock.currentTimeMillis
    return { result, took, requests: service.arrivals.length, applied: service.state.applied }
  }).pipe(Effect.scoped, Script.seeded)

type Played = Effect.Effect.Success<ReturnType<typeof play>>

const forAll = (cases: ReadonlyArray<Case>, check: (played: Played, of: Case) => void) =>
  Effect.map(Script.inVirtualTime(Effect.forEach(cases, play, { concurrency: "unbounded" })), (all) => {
    for (const [index, played] of all.entries()) {
      const of = cases[index]
      assert(of !== undefined)
      try {
        check(played, of)
      } catch (cause) {
        throw new Error(`${JSON.stringify(of)} came to ${JSON.stringify(played)}`, { cause })
      }
    }
  })

const safeNames = Script.names.filter((name) => Operations[name].idempotent)
const unsafeNames = Script.names.filter((name) => !Operations[name].idempotent)

/** What holds for every call, whatever happens to it. */
const holdsForAll = ({ requests, result, took }: Played, { policy }: Case) => {
  assert.isAtMost(requests, policy.attempts ?? 0)
  const deadline = Duration.toMillis(policy.deadline ?? 0)
  assert.isAtMost(took, deadline)
  if (Either.isLeft(result)) {
    assert(result.left._tag !== "InvalidRequest")
    assert.strictEqual(result.left.attempts.length, requests)
    const waited = result.left.attempts.reduce((sum, attempt) => sum + Duration.toMillis(attempt.delay), 0)
    assert.isAtMost(waited, deadline)
  }
}

describe("for any sequence of faults", { timeout: 30_000 }, () => {
  it.effect(
    "what is safe to repeat makes no more requests than attempts, and waits no longer than the deadline",
    () => {
      let most = 0
      return Effect.tap(
        forAll(sample(safeNames, inFull(500, 150), 11), (played, of) => {
          holdsForAll(played, of)
          most = Math.max(most, played.requests)
        }),
        // The cases are not all over after one request.
        () => assert.isAbove(most, 5),
      )
    },
  )

  it.effect("so does what is not, and takes effect at most once, and the caller is told the truth", () => {
    const told = { done: 0, nothing: 0, unknown: 0, repeated: 0 }
    return Effect.tap(
      forAll(sample(unsafeNames, inFull(1000, 300), 12), (played, of) => {
        holdsForAll(played, of)
        const { applied, requests, result } = played
        assert.isAtMost(applied, 1)
        if (requests > 1) told.repeated += 1
        if (Either.isRight(result) || result.left.outcome === "Done") {
          told.done += 1
          assert.strictEqual(applied, 1)
          return
        }
        const nothing = !mayHaveBeenDone(result.left)
        if (nothing) assert.strictEqual(applied, 0)
        told[nothing ? "nothing" : "unknown"] += 1
      }),
      () => {
        for (const count of Object.values(told)) assert.isAbove(count, inFull(20, 5), JSON.stringify(told))
      },
    )
  })

  it.effect("the service of these tests would show a second effect, were there one", () => {
    let twice = 0
    const cases = sample(unsafeNames, 200, 13).map((of) => ({ ...of, policy: { ...of.policy, repeatUnsafe: true } }))
    return Effect.tap(
      forAll(cases, ({ applied }) => {
        if (applied > 1) twice += 1
      }),
      () => assert.isAbove(twice, 20),
    )
  })
})

describe("the retry budget", { timeout: 30_000 }, () => {
  const storm = (answer: Script.Answer, options: Parameters<typeof Script.make>[1]) =>
    Effect.gen(function* () {
      const service = Script.scripted(answer)
      const users = yield* Script.make(service.client, options)
      const errors = yield* Script.inVirtualTime(
        Effect.forEach(Array.from({ length: 1000 }), () => Effect.flip(users.getUser(Script.userId)), {
          concurrency: "unbounded",
        }),
      )
      return { requests: service.arrivals.length, errors }
    })

  for (const [what, answer, options, most] of [
    ["refuses connections", Script.refused, {}, 1100],
    ["does not answer", Script.silence, {}, 1100],
    ["answers 503, while they insist", Script.respond(503), { retryPolicy: RetryPolicy.forceful }, 1100],
    ["resets", Script.reset, { retryBudget: { capacity: 7, perSuccess: 0.1 } }, 1007],
  ] as const) {
    it.scoped(`a thousand callers of a service that ${what} make ${most} requests`, () =>
      Effect.gen(function* () {
        const { errors, requests } = yield* storm(answer, options)
        assert.strictEqual(requests, most)
        const stopped = errors.filter((error) => "stopped" in error && error.stopped === "Budget")
        assert.isAtLeast(stopped.length, 900)
      }),
    )
  }

  it("is nothing when it is none, below nothing or not a number", () => {
    for (const capacity of [0, -5, Number.NaN]) assert.isFalse(Budget.make({ capacity, perSuccess: 0.1 }).allows())
    const spoilt = Budget.make({ capacity: 1, perSuccess: Number.NaN })
    assert.isTrue(spoilt.allows())
    spoilt.take()
    spoilt.give()
    assert.isFalse(spoilt.allows())
  })

  it.scoped("is given back by successes, ten for one, and never above its capacity", () =>
    Effect.gen(function* () {
      let up = false
      const service = Script.scripted((request, signal) =>
        (up ? Script.good("getUser") : Script.refused)(request, signal),
      )
      const users = yield* Script.make(service.client, { retryBudget: { capacity: 2, perSuccess: 0.1 } })
      const call = users.getUser(Script.userId)
      const requests = Effect.gen(function* () {
        const before = service.arrivals.length
        yield* Script.toTheEnd(call)
        return service.arrivals.length - before
      })
      const succeed = (times: number) =>
        Effect.gen(function* () {
          up = true
          yield* Effect.repeatN(call, times - 1)
          up = false
        })
      assert.strictEqual(yield* requests, 3)
      assert.strictEqual(yield* requests, 1)
      yield* succeed(9)
      assert.strictEqual(yield* requests, 1)
      yield* succeed(1)
      assert.strictEqual(yield* requests, 2)
      assert.strictEqual(yield* requests, 1)
      yield* succeed(100)
      assert.strictEqual(yield* requests, 3)
      assert.strictEqual(yield* requests, 1)
    }),
  )

  it.scoped("is the client's, whatever the policies of its callers", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.refused)
      const users = yield* Script.make(service.client, { retryBudget: { capacity: 5, perSuccess: 0 } })
      yield* Script.toTheEnd(RetryPolicy.withRetryPolicy(users.getSelfUser, RetryPolicy.forceful))
      assert.strictEqual(service.arrivals.length, 6)
      const other = yield* Script.make(service.client, { retryBudget: { capacity: 5, perSuccess: 0 } })
      yield* Script.toTheEnd(users.getSelfUser)
      assert.strictEqual(service.arrivals.length, 7)
      yield* Script.toTheEnd(other.getSelfUser)
      assert.strictEqual(service.arrivals.length, 11)
    }),
  )
})
