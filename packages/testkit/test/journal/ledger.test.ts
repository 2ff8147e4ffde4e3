import { assert, describe, it } from "@effect/vitest"
import { Operations } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { type CallRecord, Ledger } from "../../src/internal/journal/ledger.js"

const done = { _tag: "Success", status: 204 } as const
const status = (status: number) => ({ _tag: "Failure", status, message: "no", fields: [] }) as const
const lost = { _tag: "Fault", fault: "Reset", acted: true } as const

const reset: CallRecord = {
  row: Operations.requestPasswordReset,
  method: "POST",
  target: "/v4/actions/users/request_password_reset",
  credential: { _tag: "ApiKey", key: "k" },
  parameters: {},
  query: "",
  body: { username_or_email: "ada" },
  outcome: lost,
  now: 0,
}

/** The attempts that a ledger counts for these calls, one after the other. */
const attempts = (calls: ReadonlyArray<Partial<CallRecord>>, capacity = 100): ReadonlyArray<number> => {
  const ledger = new Ledger(capacity)
  for (const call of calls) ledger.add({ ...reset, ...call })
  assert.strictEqual(ledger.count, calls.length)
  return ledger.entries.map(({ attempt }) => attempt)
}

const asked = (username_or_email: string) => ({ body: { username_or_email } })

describe("the journal keeps the newest calls, oldest first", () => {
  const table: ReadonlyArray<readonly [capacity: number, calls: number, kept: Array<string>]> = [
    [3, 2, ["1", "2"]],
    [3, 3, ["1", "2", "3"]],
    [3, 4, ["2", "3", "4"]],
    [3, 8, ["6", "7", "8"]],
    [1, 2, ["2"]],
    [0, 3, []],
  ]
  for (const [capacity, calls, kept] of table) {
    it(`${kept.length} of ${calls} where it may keep ${capacity}`, () => {
      const ledger = new Ledger(capacity)
      for (let call = 1; call <= calls; call++) ledger.add({ ...reset, ...asked(`${call}`) })
      assert.deepStrictEqual(
        ledger.entries.map(({ input }) => input?.username_or_email),
        kept,
      )
      assert.strictEqual(ledger.count, calls)
      ledger.clear()
      assert.deepStrictEqual([ledger.entries, ledger.count], [[], 0])
      ledger.add(reset)
      assert.strictEqual(ledger.entries.length, Math.min(capacity, 1))
    })
  }

  it("as they were when they were read", () => {
    const ledger = new Ledger(2)
    ledger.add(reset)
    const before = ledger.entries
    ledger.add(reset)
    ledger.add(reset)
    assert.strictEqual(before.length, 1)
  })
})

describe("an entry", () => {
  const entryOf = (call: Partial<CallRecord>) => {
    const ledger = new Ledger(1)
    ledger.add({ ...reset, ...call })
    return ledger.entries[0]
  }

  it("tells the operation, its path and user, the input without secrets, and when the call came", () => {
    const user_id = "usr_00000000000000000001"
    assert.deepStrictEqual(
      entryOf({
        row: Operations.updateUser,
        method: "PATCH",
        parameters: { user_id },
        body: { display_name: "Ada", other: 1 },
        outcome: done,
        now: 1500,
      }),
      {
        operation: "updateUser",
        method: "PATCH",
        path: "/users/{user_id}",
        userId: user_id as never,
        credential: "ApiKey",
        query: undefined,
        input: { display_name: "Ada" },
        items: undefined,
        outcome: done,
        attempt: 1,
        time: DateTime.unsafeMake(1500),
      },
    )
    const created = entryOf({ row: Operations.changePassword, body: { current_password: "a", new_password: "b" } })
    assert.deepStrictEqual(created?.input, { current_password: Redacted.make("a"), new_password: Redacted.make("b") })
  })

  it("of a request that is no operation has its own path and no input", () => {
    const entry = entryOf({ row: undefined, target: "/v4/nothing", body: { password: "canary" } })
    assert.deepStrictEqual([entry?.operation, entry?.path, entry?.input], [undefined, "/v4/nothing", undefined])
  })

  it("has no user where the path's id is none, and no input where the operation takes none", () => {
    const entry = entryOf({ row: Operations.getUser, parameters: { user_id: "ada" }, body: {} })
    assert.deepStrictEqual([entry?.userId, entry?.input], [undefined, undefined])
  })

  it("says ScopedToken for a key only where the operation takes a token", () => {
    const key = { _tag: "ApiKey", key: "k" } as const
    const credentials = [
      entryOf({ row: Operations.confirmEmail, credential: key }),
      entryOf({ row: Operations.confirmEmail, credential: { _tag: "None" } }),
      entryOf({ row: Operations.getSelfUser, credential: key }),
      entryOf({ row: undefined, credential: key }),
    ]
    assert.deepStrictEqual(
      credentials.map((entry) => entry?.credential),
      ["ScopedToken", "None", "ApiKey", "ApiKey"],
    )
  })
})

describe("attempts are counted", () => {
  it("while answers are lost, or have a status that clients repeat, and the answer that is final is the last", () => {
    for (const status_ of [408, 429, 500, 502, 503, 504]) {
      const final = { outcome: done }
      assert.deepStrictEqual(attempts([{ outcome: status(status_) }, {}, final, final]), [1, 2, 3, 1], `${status_}`)
    }
    for (const status_ of [200, 400, 404, 409, 501, 505]) {
      const outcome = status(status_)
      assert.deepStrictEqual(attempts([{ outcome }, { outcome }, {}, { outcome }, {}]), [1, 1, 1, 2, 1], `${status_}`)
    }
  })

  it("for requests that are the same in operation, parameters, query, credential and body", () => {
    const row = Operations.getUser
    const others: ReadonlyArray<Partial<CallRecord>> = [
      { row },
      { row, parameters: { user_id: "usr_00000000000000000001" } },
      { row, query: "?a=1" },
      { row: Operations.requestEmailConfirmation },
      { credential: { _tag: "ApiKey", key: "other" } },
      { credential: { _tag: "None" } },
      asked("bob"),
      { row: undefined, target: "/v4/a" },
      { row: undefined, target: "/v4/b" },
    ]
    assert.deepStrictEqual(attempts([...others, ...others]), [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2])
  })

  it("alike in memory, where there is no target, and over the wire", () => {
    assert.deepStrictEqual(attempts([{ target: "" }, { target: "/v4/x" }, { target: "https://other/v4/x" }]), [1, 2, 3])
  })

  it("anew after the journal was cleared", () => {
    const ledger = new Ledger(10)
    ledger.add(reset)
    ledger.clear()
    ledger.add(reset)
    assert.strictEqual(ledger.entries[0]?.attempt, 1)
  })

  it("for as many requests as calls are kept: beyond them the one that was repeated least recently is forgotten", () => {
    const [a, b, c] = ["a", "b", "c"].map(asked)
    assert(a !== undefined && b !== undefined && c !== undefined)
    const ledger = new Ledger(2)
    const attempt = (call: Partial<CallRecord>) => {
      ledger.add({ ...reset, ...call })
      return ledger.entries.at(-1)?.attempt
    }
    assert.deepStrictEqual([a, b, a, b].map(attempt), [1, 1, 2, 2])
    assert.deepStrictEqual([a, c].map(attempt), [3, 1], "b is forgotten")
    assert.deepStrictEqual([a, c, b].map(attempt), [4, 2, 1], "now a is")
    assert.deepStrictEqual([c, b, a].map(attempt), [3, 2, 1])
  })
})
