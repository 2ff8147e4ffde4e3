import { assert, describe, it } from "@effect/vitest"
import { type OperationName, Operations } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as Script from "../support/retryScript.js"

/** The operations that the issue calls safe to repeat; written out, so that the table in `schema` is checked too. */
const safe: ReadonlyArray<OperationName> = ["getUser", "getSelfUser", "updateUser", "deleteUser"]

interface Policy {
  readonly policy: RetryPolicy.RetryPolicy
  readonly attempts: number
  readonly attemptTimeout: number
  /** What full jitter comes to with the seed of these tests. */
  readonly delays: ReadonlyArray<number>
  /** What comes of a service that never answers. */
  readonly silent: {
    readonly requests: number
    readonly took: number
    readonly reason: "Timeout" | "Deadline"
    readonly stopped: "Attempts" | "Deadline"
  }
  readonly repeatsUnsafe?: true
}

const standard: Policy = {
  policy: RetryPolicy.standard,
  attempts: 4,
  attemptTimeout: 20_000,
  delays: [107, 45, 838],
  // The third attempt has what is left of a minute.
  silent: { requests: 3, took: 60_000, reason: "Deadline", stopped: "Deadline" },
}

const policies: Readonly<Record<string, Policy>> = {
  none: {
    policy: RetryPolicy.none,
    attempts: 1,
    attemptTimeout: 20_000,
    delays: [],
    silent: { requests: 1, took: 20_000, reason: "Timeout", stopped: "Attempts" },
  },
  standard,
  forceful: {
    policy: RetryPolicy.forceful,
    attempts: 10,
    attemptTimeout: 30_000,
    delays: [213, 89, 1675, 1491, 571, 13_005, 20_185, 27_977, 29_726],
    silent: { requests: 10, took: 10 * 30_000 + 94_932, reason: "Timeout", stopped: "Attempts" },
  },
  custom: {
    policy: RetryPolicy.make({
      attempts: 6,
      baseDelay: "10 minutes",
      maxDelay: "1 hour",
      attemptTimeout: "2 hours",
      deadline: "1 day",
    }),
    attempts: 6,
    attemptTimeout: 7_200_000,
    delays: [255_911, 107_238, 2_010_156, 1_342_033, 257_135],
    silent: { requests: 6, took: 6 * 7_200_000 + 3_972_473, reason: "Timeout", stopped: "Attempts" },
  },
  repeatUnsafe: {
    ...standard,
    policy: RetryPolicy.modify(RetryPolicy.standard, { repeatUnsafe: true }),
    repeatsUnsafe: true,
  },
}

interface Fault {
  readonly answer: Script.Answer
  readonly repeated: "always" | "if safe" | "never"
  /** The HTTP status, or the reason and the outcome of a `TransportError`. */
  readonly says: number | readonly ["ConnectionFailed" | "ConnectionLost" | "Silence", "NotSent" | "Unknown"] | "Decode"
  /** What `Retry-After` asks for. */
  readonly retryAfter?: number
  /** For the seven operations without a body in their answer: the milliseconds until they succeed all the same. */
  readonly withoutBody?: number
}

const retryAfter = { "retry-after": "7" }

const faults: Readonly<Record<string, Fault>> = {
  refused: { answer: Script.refused, repeated: "always", says: ["ConnectionFailed", "NotSent"] },
  reset: { answer: Script.reset, repeated: "if safe", says: ["ConnectionLost", "Unknown"] },
  "cut-off body": {
    answer: Script.cutOff,
    repeated: "if safe",
    says: ["ConnectionLost", "Unknown"],
    withoutBody: 0,
  },
  "cut-off body of a known length": {
    answer: Script.cutOffShort,
    repeated: "if safe",
    says: ["ConnectionLost", "Unknown"],
    withoutBody: 0,
  },
  timeout: { answer: Script.silence, repeated: "if safe", says: ["Silence", "Unknown"] },
  "stalled body": { answer: Script.stalled, repeated: "if safe", says: ["Silence", "Unknown"], withoutBody: 1000 },
  "stalled body of a known length": {
    answer: Script.stalledShort,
    repeated: "if safe",
    says: ["Silence", "Unknown"],
    withoutBody: 1000,
  },
  "408": { answer: Script.respond(408), repeated: "if safe", says: 408 },
  "429": { answer: Script.respond(429), repeated: "always", says: 429 },
  "429 with Retry-After": {
    answer: Script.respond(429, null, retryAfter),
    repeated: "always",
    says: 429,
    retryAfter: 7000,
  },
  "500": { answer: Script.respond(500, `{"message":"oh"}`), repeated: "if safe", says: 500 },
  "502": { answer: Script.respond(502, "<html>Bad gateway"), repeated: "if safe", says: 502 },
  "503": { answer: Script.respond(503), repeated: "if safe", says: 503 },
  "503 with Retry-After in seconds": {
    answer: Script.respond(503, null, retryAfter),
    repeated: "always",
    says: 503,
    retryAfter: 7000,
  },
  "503 with Retry-After as a date": {
    answer: Script.busyUntil(503, 7000),
    repeated: "always",
    says: 503,
    retryAfter: 7000,
  },
  "504": { answer: Script.respond(504), repeated: "if safe", says: 504 },
  "504 with Retry-After": {
    answer: Script.respond(504, null, retryAfter),
    repeated: "if safe",
    says: 504,
    retryAfter: 7000,
  },
  "400": { answer: Script.respond(400), repeated: "never", says: 400 },
  "401": { answer: Script.respond(401), repeated: "never", says: 401 },
  "404": { answer: Script.notFound, repeated: "never", says: 404 },
  "409": { answer: Script.respond(409), repeated: "never", says: 409 },
  "malformed 200": { answer: Script.malformed, repeated: "never", says: "Decode" },
}

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)

/** What the issue and the policies' documents say must come of it, in the terms of the caller and of the service. */
const expected = (name: OperationName, fault: Fault, policy: Policy) => {
  if (fault.withoutBody !== undefined && Operations[name].success === null) {
    return {
      result: { _tag: "DecodeError", operation: name },
      attempts: [{ number: 1, delay: 0, reason: "Decode" }],
      arrivals: [0],
      took: fault.withoutBody,
    }
  }
  const { says } = fault
  const silent = typeof says === "object" && says[0] === "Silence"
  const repeated =
    fault.repeated === "always" ||
    (fault.repeated === "if safe" && (safe.includes(name) || policy.repeatsUnsafe === true))
  const requests = !repeated ? 1 : silent ? policy.silent.requests : policy.attempts
  const delays = [
    0,
    ...(fault.retryAfter === undefined ? policy.delays : policy.delays.map(() => fault.retryAfter ?? 0)),
  ].slice(0, requests)
  const attemptTakes = silent ? policy.attemptTimeout : 0
  const stopped =
    fault.repeated === "never"
      ? {}
      : { stopped: !repeated ? "NotRepeatable" : silent ? policy.silent.stopped : "Attempts" }
  const reason = !silent
    ? typeof says === "object"
      ? says[0]
      : String(says)
    : repeated
      ? policy.silent.reason
      : "Timeout"
  return {
    result:
      says === "Decode"
        ? { _tag: "DecodeError", operation: name }
        : typeof says === "number"
          ? {
              _tag: says === 404 && ["getUser", "updateUser", "deleteUser"].includes(name) ? "NotFound" : "ApiError",
              operation: name,
              status: says,
              ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
              ...stopped,
            }
          : { _tag: "TransportError", operation: name, reason, outcome: says[1], ...stopped },
    attempts: delays.map((delay, index) => ({
      number: index + 1,
      delay,
      reason: silent && index < requests - 1 ? "Timeout" : reason,
    })),
    // Each request comes as much later as the attempts before it and the waits took.
    arrivals: delays.map((_, index) => index * attemptTakes + sum(delays.slice(0, index + 1))),
    took: silent && repeated ? policy.silent.took : requests * attemptTakes + sum(delays),
  }
}

/** The same of what did come of it. */
const observed = (name: OperationName, fault: Fault, policy: Policy) =>
  Effect.gen(function* () {
    const service = Script.scripted(fault.answer)
    const users = yield* Script.make(service.client, { retryPolicy: policy.policy })
    const { result, took } = yield* Script.toTheEnd(Script.calls[name](users))
    if (Either.isRight(result)) return { result: "success", arrivals: service.arrivals, took }
    const error = result.left
    assert(error._tag !== "InvalidRequest")
    const { _tag, operation } = error
    const stopped = "stopped" in error && error.stopped !== undefined ? { stopped: error.stopped } : {}
    return {
      result:
        error._tag === "TransportError"
          ? { _tag, operation, reason: error.reason, outcome: error.outcome, ...stopped }
          : error._tag === "DecodeError"
            ? { _tag, operation }
            : {
                _tag,
                operation,
                status: error.status,
                ...("retryAfter" in error && error.retryAfter !== undefined
                  ? { retryAfter: Duration.toMillis(error.retryAfter) }
                  : {}),
                ...stopped,
              },
      attempts: error.attempts.map((attempt) => ({ ...attempt, delay: Duration.toMillis(attempt.delay) })),
      arrivals: service.arrivals,
      took,
    }
  }).pipe(Effect.scoped, Script.withOwnClock)

const faultNames = Object.keys(faults)
let cases = 0

describe.concurrent.each(Object.entries(policies))("policy %s", { timeout: 30_000 }, (policyName, policy) => {
  for (const name of Script.names) {
    it.effect(`${name}: every fault is retried as often and as late as it should be`, () =>
      Effect.forEach(
        Object.entries(faults),
        ([faultName, fault]) =>
          Effect.map(observed(name, fault, policy), (actual) => {
            cases += 1
            assert.deepStrictEqual<unknown>(
              actual,
              expected(name, fault, policy),
              `${name}, ${faultName}, ${policyName}`,
            )
          }),
        { concurrency: "unbounded", discard: true },
      ),
    )
  }
})

it("has looked at every operation, fault and policy", () => {
  assert.strictEqual(cases, 10 * faultNames.length * 5)
  assert.strictEqual(cases, 1100)
})
