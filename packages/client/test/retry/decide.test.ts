import { assert, describe, it } from "@effect/vitest"
import { type Operation, Operations } from "@effect-tiledb/schema"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import { type Decision, decide, pauseAfter } from "../../src/internal/retry/decide.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"

const policy = RetryPolicy.make({ attempts: 4, baseDelay: 100, maxDelay: 1000, maxRetryAfter: 5000 })
const answered = (code: number, retryAfter?: number): Failure => status(code, "", [], undefined, retryAfter)
const decodeFailure: Failure = {
  _tag: "Decode",
  status: 200,
  reason: "Json",
  issues: [],
  outcome: "Unknown",
  mediaType: "text/html",
}

interface Case {
  readonly failure: Failure
  readonly operation?: Operation
  readonly number?: number
  readonly remaining?: number
  readonly random?: number
  readonly policy?: RetryPolicy.Options
  readonly budget?: number
}

const decided = ({ budget = 10, failure, number = 1, operation = Operations.getUser, ...more }: Case) => {
  const { random = 0.5, remaining = 60_000 } = more
  return decide(RetryPolicy.modify(policy, more.policy ?? {}), {
    operation,
    failure,
    number,
    remaining,
    random,
    affordable: budget > 0,
  })
}

const repeat = (delay: number): Decision => ({ _tag: "Again", delay })
const stop = (stopped?: Extract<Decision, { readonly _tag: "End" }>["stopped"]): Decision => ({ _tag: "End", stopped })

describe("a read is repeated", () => {
  it("after a status that may pass, and after no other", () => {
    for (const code of [408, 429, 500, 502, 503, 504]) {
      assert.deepStrictEqual(decided({ failure: answered(code) }), repeat(50), `${code}`)
    }
    for (const code of [200, 301, 400, 401, 403, 404, 409, 422, 501, 505]) {
      assert.deepStrictEqual(decided({ failure: answered(code) }), stop(), `${code}`)
    }
  })

  it("after a connection that failed or broke, or took too long, and after nothing else", () => {
    for (const [reason, acted] of [
      ["ConnectionFailed", false],
      ["ConnectionLost", true],
      ["Timeout", true],
    ] as const) {
      assert.deepStrictEqual(decided({ failure: transport(reason, acted) }), repeat(50), reason)
    }
    for (const reason of ["BodyTooLarge", "BodyEncoding", "Credentials", "RedirectRefused", "RedirectLoop"] as const) {
      assert.deepStrictEqual(decided({ failure: transport(reason, true) }), stop(), reason)
    }
    assert.deepStrictEqual(decided({ failure: decodeFailure }), stop())
  })

  it("not after a connection that would be refused again, for its certificate or its port", () => {
    for (const detail of ["CERT_HAS_EXPIRED", "EPROTO", "BAD_PORT"]) {
      assert.deepStrictEqual(decided({ failure: transport("ConnectionFailed", false, { detail }) }), stop(), detail)
    }
  })

  it("not after its own deadline, which is then why it stopped", () => {
    assert.deepStrictEqual(decided({ failure: transport("Deadline", true) }), stop("Deadline"))
    assert.deepStrictEqual(decided({ failure: transport("Paused", false) }), stop("Deadline"))
  })
})

describe("what is not safe to repeat is repeated", () => {
  const operation = Operations.createUser

  it("where nothing was done", () => {
    assert.deepStrictEqual(decided({ operation, failure: transport("ConnectionFailed", false) }), repeat(50))
    assert.deepStrictEqual(decided({ operation, failure: answered(429) }), repeat(50))
    assert.deepStrictEqual(decided({ operation, failure: answered(503, 2000) }), repeat(2000))
  })

  it("else only where the policy asks for it", () => {
    for (const failure of [
      transport("ConnectionLost", true),
      transport("Timeout", true),
      answered(500),
      answered(503),
    ]) {
      assert.deepStrictEqual(decided({ operation, failure }), stop("NotRepeatable"))
      assert.deepStrictEqual(decided({ operation, failure, policy: { repeatUnsafe: true } }), repeat(50))
    }
    assert.deepStrictEqual(decided({ operation, failure: answered(400), policy: { repeatUnsafe: true } }), stop())
  })
})

describe("the number of attempts", () => {
  it("is what the policy says, the first included", () => {
    for (const number of [1, 2, 3]) assert.strictEqual(decided({ failure: answered(500), number })._tag, "Again")
    for (const number of [4, 5]) assert.deepStrictEqual(decided({ failure: answered(500), number }), stop("Attempts"))
  })

  it("is the same where there is no such host", () => {
    const failure = transport("ConnectionFailed", false, { detail: "ENOTFOUND" })
    assert.deepStrictEqual(decided({ failure, number: 2 }), repeat(100))
    assert.deepStrictEqual(decided({ failure, policy: { attempts: 1 } }), stop("Attempts"))
  })
})

describe("the delay", () => {
  it("is random up to a ceiling that doubles with each attempt, up to the policy's longest", () => {
    const delays = [1, 2, 3, 4, 5, 60, 2000].map((number) =>
      decided({ failure: answered(500), number, policy: { attempts: 9999 } }),
    )
    assert.deepStrictEqual(delays, [50, 100, 200, 400, 500, 500, 500].map(repeat))
    assert.deepStrictEqual(decided({ failure: answered(500), random: 0 }), repeat(0))
    assert.deepStrictEqual(decided({ failure: answered(500), random: 0.994 }), repeat(99))
    assert.deepStrictEqual(decided({ failure: answered(500), random: 0.996 }), repeat(100))
    const none = decided({ failure: answered(500), number: 2000, policy: { attempts: 9999, baseDelay: 0 } })
    assert.deepStrictEqual(none, repeat(0))
  })

  it("is the service's Retry-After, up to the longest that the policy takes; of nothing it is the policy's own", () => {
    assert.deepStrictEqual(decided({ failure: answered(503, 1) }), repeat(1))
    assert.deepStrictEqual(decided({ failure: answered(500, 5000) }), repeat(5000))
    assert.deepStrictEqual(decided({ failure: answered(503, 5001) }), stop("RetryAfter"))
    assert.deepStrictEqual(decided({ failure: answered(503, 0) }), repeat(50))
  })

  it("ends before the deadline, or there is none", () => {
    assert.deepStrictEqual(decided({ failure: answered(500), remaining: 51 }), repeat(50))
    assert.deepStrictEqual(decided({ failure: answered(500), remaining: 50 }), stop("Deadline"))
    assert.deepStrictEqual(decided({ failure: answered(503, 3000), remaining: 2000 }), stop("Deadline"))
  })
})

it("there is no retry where the budget is spent", () => {
  assert.deepStrictEqual(decided({ failure: answered(500), budget: 1 }), repeat(50))
  assert.deepStrictEqual(decided({ failure: answered(500), budget: 0 }), stop("Budget"))
})

describe("all calls pause", () => {
  const pause = (failure: Failure, number = 1) => pauseAfter(policy, failure, number, 0.5)

  it("after 429, and after 503 with Retry-After, for as long as the repetition would wait", () => {
    assert.strictEqual(pause(answered(429)), 50)
    assert.strictEqual(pause(answered(429), 3), 200)
    assert.strictEqual(pause(answered(429, 3000)), 3000)
    assert.strictEqual(pause(answered(503, 3000)), 3000)
    assert.strictEqual(pause(answered(503, 5000)), 5000)
    assert.strictEqual(pause(answered(503, 0)), 50)
  })

  it("after nothing else, and not for longer than the policy waits", () => {
    for (const failure of [
      answered(503),
      answered(500, 3000),
      answered(400, 3000),
      transport("ConnectionLost", true),
      transport("Paused", false, { retryAfter: 3000 }),
      decodeFailure,
      answered(429, 5001),
      answered(503, 5001),
    ]) {
      assert.isUndefined(pause(failure), JSON.stringify(failure))
    }
  })
})
