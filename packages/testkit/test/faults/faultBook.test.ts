import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Faults from "../../src/Faults.js"
import { FaultBook } from "../../src/internal/faults/faultBook.js"

const names = ["getUser", "createUser", "deleteUser"]
const book = (seed: string | number = 1) => new FaultBook(seed, new Set(names))

/** What befalls each of these calls: the statuses and names of the faults. */
const strikes = (faults: FaultBook, calls: ReadonlyArray<string>) =>
  calls.map((call) => faults.decide(call).map((strike) => (strike._tag === "Answer" ? strike.status : strike._tag)))

const down = Faults.status(503)

describe("a rule strikes", () => {
  const table: ReadonlyArray<readonly [title: string, rule: Faults.Rule, struck: Array<ReadonlyArray<unknown>>]> = [
    ["every call, where it names none", { fault: down }, [[503], [503], [503], [503]]],
    ["the calls of one operation", { fault: down, operation: "getUser" }, [[503], [], [503], [503]]],
    [
      "the calls of several operations",
      { fault: down, operation: ["getUser", "createUser"] },
      [[503], [503], [503], [503]],
    ],
    ["one of the calls, counted from 1", { fault: down, nth: 2 }, [[], [503], [], []]],
    [
      "several of the calls of its operation",
      { fault: down, operation: "getUser", nth: [1, 3] },
      [[503], [], [], [503]],
    ],
    ["with all of its faults", { fault: [Faults.refuse, down], nth: 1 }, [["Refuse", 503], [], [], []]],
    [
      "at the nth of its calls, when it leaves those to chance",
      { fault: down, nth: 2, probability: 1 },
      [[], [503], [], []],
    ],
  ]
  for (const [title, rule, struck] of table) {
    it(title, () => {
      const faults = book()
      assert.isTrue(faults.isEmpty)
      faults.add(rule)
      assert.isFalse(faults.isEmpty)
      assert.deepStrictEqual(strikes(faults, ["getUser", "createUser", "getUser", "getUser"]), struck)
      assert.deepStrictEqual(faults.rules, [rule])
      const calls = rule.operation === "getUser" ? 3 : 4
      assert.deepStrictEqual(faults.struck, [{ rule, calls, struck: struck.filter((one) => one.length > 0).length }])
    })
  }

  it("after those that were added before it", () => {
    const faults = book()
    faults.add({ fault: down })
    faults.add({ fault: Faults.refuse })
    assert.deepStrictEqual(strikes(faults, ["getUser"]), [[503, "Refuse"]])
  })

  it("until it is removed, which does not change what others count", () => {
    const faults = book()
    const { remove } = faults.add({ fault: down })
    faults.add({ fault: Faults.refuse, nth: 2 })
    assert.deepStrictEqual(strikes(faults, ["getUser"]), [[503]])
    remove()
    assert.deepStrictEqual(strikes(faults, ["getUser"]), [["Refuse"]])
    assert.strictEqual(faults.rules.length, 1)
    assert.deepStrictEqual(
      faults.struck.map(({ calls, struck }) => [calls, struck]),
      [
        [1, 1],
        [2, 1],
      ],
      "the report keeps what was removed",
    )
  })

  it("no more after clear, which forgets what was met, too", () => {
    const faults = book()
    const { neverStruck } = faults.add({ fault: down, nth: 9 })
    faults.clear()
    assert.deepStrictEqual(strikes(faults, ["getUser"]), [[]])
    assert.deepStrictEqual([faults.isEmpty, faults.rules, faults.struck], [true, [], []])
    assert.deepStrictEqual([neverStruck(), faults.neverStruck()], [undefined, undefined])
  })
})

describe("chance", () => {
  const pattern = (seed: string | number, rule: Partial<Faults.Rule>, before: ReadonlyArray<Faults.Rule> = []) => {
    const faults = book(seed)
    for (const one of before) faults.add(one)
    faults.add({ fault: down, probability: 0.5, ...rule })
    return strikes(faults, Arr.replicate("getUser", 64))
      .map((one) => (one.includes(503) ? "x" : "."))
      .join("")
  }

  it("is the same for the same seeds, another for another seed of the deployment or of the rule", () => {
    const first = pattern(1, {})
    assert.match(first, /x/)
    assert.match(first, /\./)
    assert.strictEqual(pattern(1, {}), first)
    assert.strictEqual(pattern("1", {}), first)
    const all = [first, pattern(2, {}), pattern(1, { seed: "a" }), pattern(1, { seed: "b" }), pattern(11, {})]
    assert.strictEqual(new Set(all).size, all.length)
  })

  it("is the same whatever other rules there are", () => {
    assert.strictEqual(pattern(1, {}, [{ fault: Faults.refuse, probability: 0.5 }]), pattern(1, {}))
  })

  it("1 is always", () => {
    assert.match(pattern(1, { probability: 1 }), /^x+$/)
  })
})

describe("a rule that can never strike is refused, with what to write", () => {
  const counted = /The fault rule's nth must be whole numbers from 1/
  const likely = /The fault rule's probability must be above 0 and at most 1/
  const table: ReadonlyArray<readonly [Partial<Faults.Rule>, RegExp]> = [
    [{ nth: 0 }, counted],
    [{ nth: -1 }, counted],
    [{ nth: 1.5 }, counted],
    [{ nth: Number.NaN }, counted],
    [{ nth: [] }, counted],
    [{ nth: [1, 0] }, counted],
    [{ probability: 0 }, likely],
    [{ probability: -0.1 }, likely],
    [{ probability: 1.1 }, likely],
    [{ probability: Number.NaN }, likely],
    [{ operation: "getuser" }, /The fault rule's operation must be one of getUser, createUser, deleteUser$/],
    [{ operation: ["getUser", "nothing"] }, /operation must be one of/],
  ]
  for (const [rule, problem] of table) {
    it(
      JSON.stringify(rule, (_, value) => (Number.isNaN(value) ? "NaN" : value)),
      () => {
        const faults = book()
        try {
          faults.add({ fault: down, ...rule })
        } catch (error) {
          assert.isTrue(Cause.isIllegalArgumentException(error))
          assert.match(String(error), problem)
          assert.isTrue(faults.isEmpty)
          return
        }
        assert.fail("it was added")
      },
    )
  }

  it("others are not", () => {
    const faults = book()
    for (const rule of [
      { nth: 1 },
      { nth: [1, 7] },
      { probability: 0.001 },
      { probability: 1 },
      { operation: names },
    ]) {
      faults.add({ fault: down, ...rule })
    }
    assert.strictEqual(faults.rules.length, 5)
  })
})

describe("a rule that never struck is told", () => {
  const told = (rule: Faults.Rule, calls: ReadonlyArray<string>): string | undefined => {
    const faults = book()
    faults.add(rule)
    strikes(faults, calls)
    return faults.neverStruck()
  }

  it("with what it says, and the calls that there were meanwhile", () => {
    assert.strictEqual(
      told({ fault: [down, Faults.refuse], operation: ["getUser", "deleteUser"], nth: [3, 4] }, [
        "getUser",
        "createUser",
        "createUser",
        "getUser",
      ]),
      "The fault rule (Answer 503, Refuse, on getUser, deleteUser, nth 3, 4) never struck; calls while it was in force: getUser 2, createUser 2. Set optional: true if it may not strike.",
    )
    assert.strictEqual(
      told({ fault: Faults.refuse, probability: 0.25, optional: false }, []),
      "The fault rule (Refuse, on any operation, probability 0.25) never struck; calls while it was in force: none. Set optional: true if it may not strike.",
    )
  })

  it("unless it struck, may not strike, or is left to chance", () => {
    assert.isUndefined(told({ fault: down }, ["getUser"]))
    assert.isUndefined(told({ fault: down, optional: true }, []))
    assert.isUndefined(told({ fault: down, probability: 0.5 }, []))
    assert.isDefined(told({ fault: down, probability: 1 }, []))
    assert.isDefined(told({ fault: down }, []))
  })

  it("once, by whoever asks first, one a line", () => {
    const faults = book()
    const first = faults.add({ fault: down })
    faults.add({ fault: Faults.refuse })
    faults.add({ fault: Faults.refuse, operation: "getUser" })
    assert.match(first.neverStruck() ?? "", /^The fault rule \(Answer 503, on any operation\) never struck/)
    assert.isUndefined(first.neverStruck())
    const rest = faults.neverStruck()?.split("\n") ?? []
    assert.deepStrictEqual(
      rest.map((line) => /\((.*)\)/.exec(line)?.[1]),
      ["Refuse, on any operation", "Refuse, on getUser"],
    )
    assert.isUndefined(faults.neverStruck())
  })
})
