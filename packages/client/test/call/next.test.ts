// What follows a failed attempt, as a table: another one, one with another credential, or the end of the call.
import { assert, describe, it } from "@effect/vitest"
import { type Operation, Operations } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import type { Authorization } from "../../src/internal/attempt/authorizer.js"
import { isUnchanged, type LastAttempt, next, type Past } from "../../src/internal/call/next.js"
import type { Call } from "../../src/internal/call.js"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"

const policy = RetryPolicy.make({ attempts: 3, baseDelay: 100, maxDelay: 1000, maxRetryAfter: 5000 })
const responded = (code: number, body = "") => status(code, body, [])
const noSuchUser = responded(404, JSON.stringify({ code: 1, message: "no such user", request_id: "r" }))
const authorization: Authorization = { headers: () => assert.fail("nothing is sent here"), secrets: [] }

interface Case extends Partial<LastAttempt> {
  readonly failure: Failure
  readonly operation?: Operation
  readonly token?: Call["token"]
  /** How many attempts came before. */
  readonly before?: number
  readonly earlierUnknown?: boolean
  readonly refused?: Failure
  /** Whether the credential comes from an effect. */
  readonly waits?: boolean
}

const decided = ({ failure, operation = Operations.getUser, token, ...more }: Case) => {
  const { before = 0, earlierUnknown = false, refused, waits = true, ...last } = more
  const run: Past = {
    authorizer: { waits },
    call: { operation, token },
    policy,
    attempts: Array.from({ length: before }, (_, index) => ({
      number: index + 1,
      delay: Duration.zero,
      reason: "500",
    })),
    earlierUnknown,
    refused: refused === undefined ? undefined : { authorization, failure: refused },
  }
  const attempt = { failure, remaining: 60_000, random: 0.5, affordable: true, authorization, ...last }
  assert.strictEqual(isUnchanged(run, failure), failure === refused)
  const { _tag, ...how } = next(run, attempt)
  return [_tag, how]
}

const unauthorised = responded(401)
const lost = transport("ConnectionLost", true)
const token = Redacted.make("scoped")

const again = (delay: number) => ["Again", { delay }]
const renew = ["Renew", { refused: authorization }]
const end = (stopped?: string) => ["End", { stopped }]
const done = ["End", { stopped: undefined, done: true }]

describe("what follows an attempt that has failed", () => {
  const table: Readonly<Record<string, readonly [Case, ReadonlyArray<unknown>]>> = {
    "a retry, after what may pass": [{ failure: responded(503) }, again(50)],
    "a retry, later after the second attempt": [{ failure: responded(503), before: 1 }, again(100)],
    "the end, after what does not pass": [{ failure: responded(400) }, end()],
    "the end, after as many attempts as the policy says": [{ failure: responded(503), before: 2 }, end("Attempts")],
    "the end, where the budget is spent": [{ failure: responded(503), affordable: false }, end("Budget")],
    "the end, where the deadline comes before the retry": [{ failure: responded(503), remaining: 50 }, end("Deadline")],
    "the end, where a retry may act twice": [{ failure: lost, operation: Operations.createUser }, end("NotRepeatable")],
    "the end, after a wait for the limiter that was too long": [
      { failure: transport("Paused", false) },
      end("Deadline"),
    ],
    "another credential, after 401": [{ failure: unauthorised }, renew],
    "another credential, also where nothing may be retried": [
      { failure: unauthorised, operation: Operations.createUser, before: 2, affordable: false },
      renew,
    ],
    "no other credential, where there is only this one": [{ failure: unauthorised, waits: false }, end()],
    "no other credential, where a scoped token was refused": [{ failure: unauthorised, token }, end()],
    "no other credential, after the deadline": [{ failure: unauthorised, remaining: 0 }, end()],
    "no other credential, where none was sent": [{ failure: unauthorised, authorization: undefined }, end()],
    "no third credential": [{ failure: responded(401), refused: unauthorised, before: 1 }, end()],
    "the end, where the other credential is the same": [{ failure: unauthorised, refused: unauthorised }, end()],
    "a retry as if the refused attempt had not been": [
      { failure: responded(503), refused: unauthorised, before: 2 },
      again(100),
    ],
    "success, where an earlier attempt may have deleted the user that is not there": [
      { failure: noSuchUser, operation: Operations.deleteUser, earlierUnknown: true, before: 1 },
      done,
    ],
    "the end, where none can have": [{ failure: noSuchUser, operation: Operations.deleteUser, before: 1 }, end()],
    "the end, where it was no deletion": [{ failure: noSuchUser, earlierUnknown: true, before: 1 }, end()],
  }
  for (const [what, [of, expected]] of Object.entries(table)) {
    it(what, () => assert.deepStrictEqual(decided(of), expected))
  }
})
