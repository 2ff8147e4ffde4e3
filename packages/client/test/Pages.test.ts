import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { Pages } from "@effect-tiledb/client"
import { Model } from "@effect-tiledb/schema"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { inFull, runs } from "./support/exhaustive.js"

type Page = Model.Page<string>

const page = (items: ReadonlyArray<string>, number: number, per_page: number): Page => ({
  items: items.slice((number - 1) * per_page, number * per_page),
  pagination: new Model.Pagination({
    page: number,
    per_page,
    total_pages: Math.ceil(items.length / per_page),
    total_items: items.length,
  }),
})

/** The number of a page that is asked for, unless nobody would ever stop. */
const counted = (numbers: Array<number>, number: number) => {
  if (numbers.push(number) > 200) throw new Error("it asks for ever")
}

/** A listing of these, two on each page, and the numbers of the pages that were read. */
const listing = (items: ReadonlyArray<string>, change: (page: Page, number: number) => Page = (page) => page) => {
  const read: Array<number> = []
  return {
    read,
    of: (number: number) =>
      Effect.sync(() => {
        counted(read, number)
        return change(page(items, number, 2), number)
      }),
  }
}

const letters = ["a", "b", "c", "d", "e"]

const bare = ({ items }: Page): Page => ({ items })

const collect = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const named = { operation: "list", subject: { workspace: "ws_1" }, key: (item: string) => item }

describe("a stream", () => {
  it.effect("asks page after page, to the last that there is", () =>
    Effect.gen(function* () {
      const { of, read } = listing(letters)
      assert.deepStrictEqual(yield* collect(Pages.stream(of)), letters)
      assert.deepStrictEqual(read, [1, 2, 3])
    }),
  )

  it.effect("begins at a page", () =>
    Effect.gen(function* () {
      const { of, read } = listing(letters)
      assert.deepStrictEqual(yield* collect(Pages.stream(of, 3)), ["e"])
      assert.deepStrictEqual(read, [3])
    }),
  )

  it.effect("stops at an empty page, with metadata or without", () =>
    Effect.gen(function* () {
      const silent = listing(letters, bare)
      assert.deepStrictEqual(yield* collect(Pages.stream(silent.of)), letters)
      assert.deepStrictEqual(silent.read, [1, 2, 3, 4])
      // What there was has gone meanwhile; and an empty listing has no pages at all.
      const shrunk = listing(letters, (page, number) => (number === 2 ? { ...page, items: [] } : page))
      assert.deepStrictEqual(yield* collect(Pages.stream(shrunk.of)), ["a", "b"])
      assert.deepStrictEqual(yield* collect(Pages.stream(listing([]).of)), [])
      // No number of pages that says less than the page itself.
      const odd = listing(letters, ({ items, pagination }) => ({
        items,
        ...(pagination && { pagination: new Model.Pagination({ ...pagination, total_pages: 0 }) }),
      }))
      assert.deepStrictEqual(yield* collect(Pages.stream(odd.of)), letters)
    }),
  )

  it.effect("ends where the service sends the same page again, whatever it is asked for", () =>
    Effect.gen(function* () {
      const { of, read } = listing(letters)
      const stuck = (change: (page: Page) => Page) => (number: number) =>
        Effect.as(of(number), change(page(letters, 1, 2)))
      assert.deepStrictEqual(yield* collect(Pages.stream(stuck(bare))), ["a", "b"])
      assert.deepStrictEqual(read.splice(0), [1, 2])
      // Items are compared by what they are: each response has objects of its own.
      const objects = (number: number) => Effect.as(of(number), { items: [{ id: 1, tags: ["x"] }] })
      assert.deepStrictEqual(yield* collect(Pages.stream(objects)), [{ id: 1, tags: ["x"] }])
      const user = (number: number) =>
        Effect.map(of(number), () => ({
          items: [new Model.Pagination({ page: 1, per_page: 1, total_pages: 1, total_items: 1 })],
        }))
      assert.strictEqual((yield* collect(Pages.stream(user))).length, 1)
      // It says itself that this is not the page that was asked for, or that there are no pages.
      read.length = 0
      assert.deepStrictEqual(yield* collect(Pages.stream(stuck((page) => page))), ["a", "b"])
      assert.deepStrictEqual(read, [1, 2])
      const none = (number: number) =>
        Effect.map(of(number), () => ({
          items: ["a"],
          pagination: new Model.Pagination({ page: number, per_page: 2, total_pages: 0, total_items: 1 }),
        }))
      assert.deepStrictEqual(yield* collect(Pages.stream(none)), ["a"])
    }),
  )

  it.effect("goes on where somebody has joined, so that a page that counts repeats the one before", () =>
    Effect.gen(function* () {
      const { of } = listing(letters, (page, number) => (number === 2 ? { ...page, items: ["a", "b"] } : page))
      assert.deepStrictEqual(yield* collect(Pages.stream(of)), ["a", "b", "a", "b", "e"])
    }),
  )

  it.effect("asks only for what is wanted, one page at a time", () =>
    Effect.gen(function* () {
      const { of, read } = listing(letters)
      assert.deepStrictEqual(yield* collect(Stream.take(Pages.stream(of), 2)), ["a", "b"])
      assert.deepStrictEqual(read, [1])
    }),
  )

  it.effect("fails with the error of a page, after what came before it", () =>
    Effect.gen(function* () {
      const { of } = listing(letters)
      const seen: Array<string> = []
      const error = yield* Pages.stream((number) => (number === 2 ? Effect.fail("no page" as const) : of(number))).pipe(
        Stream.runForEach((item) => Effect.sync(() => seen.push(item))),
        Effect.flip,
      )
      assert.strictEqual(error, "no page")
      assert.deepStrictEqual(seen, ["a", "b"])
    }),
  )

  it.effect("of 100,000 items (a tenth by default) holds a page or two", () =>
    Effect.gen(function* () {
      setFlagsFromString("--expose-gc")
      const collectGarbage: () => void = runInNewContext("gc")
      const size = inFull(100_000, 10_000)
      const pages: Array<WeakRef<object>> = []
      const read = (number: number) =>
        Effect.sync((): Model.Page<{ readonly number: number }> => {
          const items = Array.from({ length: 100 }, (_, index) => ({ number: (number - 1) * 100 + index }))
          if (pages.push(new WeakRef(items)) > size / 100) throw new Error("it asks for ever")
          const pagination = { page: number, per_page: 100, total_pages: size / 100, total_items: size }
          return { items, pagination: new Model.Pagination(pagination) }
        })
      const held = Effect.sync(() => {
        collectGarbage()
        assert.isBelow(pages.filter((page) => page.deref() !== undefined).length, 4)
      })
      const count = yield* Stream.runFoldEffect(Pages.stream(read), 0, (count, { number }) => {
        assert.strictEqual(number, count)
        // A `WeakRef` holds what it refers to until the turn has ended.
        const measured =
          count % (size / 10) === 0
            ? Effect.zipRight(
                Effect.promise(() => setImmediate()),
                held,
              )
            : Effect.void
        return Effect.as(measured, count + 1)
      })
      assert.strictEqual(count, size)
    }),
  )
})

describe("all", () => {
  it.effect("of one page is what that one response has", () =>
    Effect.gen(function* () {
      const { of, read } = listing(["a", "b"])
      assert.deepStrictEqual(yield* Pages.all(of, named), ["a", "b"])
      assert.deepStrictEqual(yield* Pages.all(listing([]).of, named), [])
      assert.deepStrictEqual(read, [1])
    }),
  )

  it.effect("of several pages is read twice", () =>
    Effect.gen(function* () {
      const { of, read } = listing(letters)
      assert.deepStrictEqual(yield* Pages.all(of, named), letters)
      assert.deepStrictEqual(read, [1, 2, 3, 1, 2, 3])
    }),
  )

  it.effect("does not believe a number: one that leaves and one that joins hide a third", () =>
    Effect.gen(function* () {
      let members: ReadonlyArray<string> = ["a", "b", "c", "d"]
      const numbers: Array<number> = []
      const read = (number: number) =>
        Effect.sync(() => {
          counted(numbers, number)
          const found = page(members, number, 2)
          // "c" moves to the first page, which has been read.
          if (numbers.length === 1) members = ["b", "c", "d", "e"]
          return found
        })
      assert.deepStrictEqual(yield* Pages.all(read, named), ["b", "c", "d", "e"])
      // The first reading found a, b, d, e: four of four.
      assert.deepStrictEqual(numbers, [1, 2, 1, 2, 1, 2])
    }),
  )

  it.effect("is refused if the service does not say how many there are, on any page", () =>
    Effect.gen(function* () {
      for (const silent of [1, 2, 3]) {
        const { of, read } = listing(letters, (page, number) => (number === silent ? bare(page) : page))
        const error = yield* Effect.flip(Pages.all(of, named))
        assert.deepInclude(error, { _tag: "Incomplete", reason: "NoMetadata", operation: "list" })
        assert.deepStrictEqual(error.subject, { workspace: "ws_1" })
        assert.notProperty(error, "total")
        assert.deepStrictEqual(read.length, silent)
        assert.strictEqual(
          error.message,
          "list: the service does not report how many items there are, so the listing may be incomplete [workspace ws_1]",
        )
      }
    }),
  )

  it.effect("compares with the number of the first page and of the last, to which it reads", () =>
    Effect.gen(function* () {
      // "e" comes at the end after the first page; all five are found, of which the first page did not know.
      const late = listing(letters)
      let asked = 0
      const joined = (number: number) =>
        Effect.map(late.of(number), (now) => (++asked === 1 ? page(letters.slice(0, 4), 1, 2) : now))
      assert.deepStrictEqual(yield* Pages.all(joined, named), letters)
      assert.deepStrictEqual(late.read, [1, 2, 3, 1, 2, 3, 1, 2, 3])
      // All that the second page knows of were found with it; the third has one more.
      const grows = listing(letters, ({ items }, number) => ({
        items,
        pagination: new Model.Pagination({
          page: number,
          per_page: 2,
          total_pages: 3,
          total_items: number < 3 ? 4 : 5,
        }),
      }))
      assert.deepInclude(yield* Effect.flip(Pages.all(grows.of, named)), { found: 5, total: 5 })
    }),
  )

  it.effect("gives up when the listing is another each time, and says so", () =>
    Effect.gen(function* () {
      let size = 4
      const { operation, key } = named
      const growing = (number: number) =>
        Effect.sync(() => {
          if (size++ > 200) throw new Error("it asks for ever")
          return page(
            Array.from({ length: size }, (_, index) => String(index)),
            number,
            2,
          )
        })
      const error = yield* Effect.flip(Pages.all((number) => growing(number), { operation, key }))
      assert.deepInclude(error, { _tag: "Incomplete", reason: "Changing" })
      assert.match(error.message, /^list: the listing changed during each of 4 reads: found \d+ of \d+ items$/)
      assert.strictEqual(error.total, size)
    }),
  )

  it.effect("is incomplete with items that cannot be told apart, and with a page that is repeated", () =>
    Effect.gen(function* () {
      const nameless = yield* Effect.flip(Pages.all(listing(["a", ""]).of, named))
      assert.deepInclude(nameless, { found: 1, total: 2 })
      const { of, read } = listing(letters)
      const stuck = yield* Effect.flip(Pages.all((number) => Effect.as(of(number), page(letters, 1, 2)), named))
      assert.deepInclude(stuck, { found: 2, total: 5 })
      assert.deepStrictEqual(read, [1, 2, 1, 2, 1, 2, 1, 2])
    }),
  )

  it.effect("is incomplete where pages bring nothing new for ever, or more than there is", () =>
    Effect.gen(function* () {
      const endless = (items: (number: number) => ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const read: Array<number> = []
          const page = (number: number) =>
            Effect.sync((): Page => {
              counted(read, number)
              const pagination = { page: number, per_page: 2, total_pages: 1e9, total_items: 5 }
              return { items: items(number), pagination: new Model.Pagination(pagination) }
            })
          const error = yield* Effect.flip(Pages.all(page, named))
          return [error.reason, error.found, read.length / 4]
        })
      assert.deepStrictEqual(yield* endless((number) => [`${number % 2}`]), ["Changing", 2, 3])
      assert.deepStrictEqual(yield* endless((number) => [`${number}`, `+${number}`]), ["Changing", 6, 3])
    }),
  )

  it.effect("fails with an error that can be written down, and names all that was listed", () =>
    Effect.gen(function* () {
      const { of } = listing(letters, bare)
      const error = yield* Effect.flip(Pages.all(of, { ...named, subject: { workspace: "ws_1", type: "api" } }))
      assert.match(error.message, / \[workspace ws_1, type api\]$/)
      assert.include(String(Pages.Incomplete.ast), "TileDBIncomplete")
      const json = yield* Schema.encode(Pages.Incomplete)(error)
      const decode = Schema.decodeUnknownEither(Pages.Incomplete)
      assert.isTrue(Either.isRight(decode(json)) && Either.isRight(decode({ ...json, total: 5 })))
      for (const wrong of [
        { total: undefined },
        { subject: undefined },
        { subject: { workspace: 7 } },
        { total: 1.5 },
      ]) {
        assert.isTrue(Either.isLeft(decode({ ...json, ...wrong })), JSON.stringify(wrong))
      }
    }),
  )

  it.effect("fails with the error of a page", () =>
    Effect.gen(function* () {
      const { of } = listing(letters)
      const error = yield* Effect.flip(
        Pages.all((number) => (number === 2 ? Effect.fail("no page" as const) : of(number)), named),
      )
      assert.strictEqual(error, "no page")
    }),
  )
})

/** A small generator of numbers in [0, 1) from a seed (mulberry32). */
const numbersOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Orders that a service may list in; nobody documents one. The key of a member says where it stands. */
const orders = {
  "by creation": (_random: number, serial: number) => serial,
  "the newest first": (_random: number, serial: number) => -serial,
  "by an id": (random: number) => random,
}

/** People who come and go between two pages. Those who return have another membership. */
const churn = (seed: number, order: (random: number, serial: number) => number) => {
  const random = numbersOf(seed)
  let serial = 0
  const join = () => ({ id: `m${serial}`, place: order(random(), serial++) })
  let members = Array.from({ length: 1 + Math.floor(random() * 14) }, join)
  const rate = [0, 0.05, 0.2, 0.6][seed % 4] ?? 0
  const perPage = 1 + Math.floor(random() * 5)
  const moments: Array<ReadonlySet<string>> = []
  const ids = () => new Set(members.map(({ id }) => id))
  return {
    moments,
    read: (number: number) =>
      Effect.sync(() => {
        // As often one leaves and one joins at once, which no number shows.
        const both = random() < 0.5
        if (random() < rate) {
          const leaver = members[Math.floor(random() * members.length)]
          if (both || random() < 0.5) members = members.filter((one) => one !== leaver)
          if (both || random() < 0.5) members = [...members, join()]
        }
        if (moments.push(ids()) > 2000) throw new Error("it asks for ever")
        return page(
          members.toSorted((one, other) => one.place - other.place).map(({ id }) => id),
          number,
          perPage,
        )
      }),
  }
}

describe("all, while people come and go", () => {
  for (const [name, order] of Object.entries(orders)) {
    it.effect(`${name}: is who was there at one moment, with all who were there throughout, or fails`, () =>
      Effect.gen(function* () {
        let complete = 0
        let failed = 0
        for (let seed = 0; seed < runs(1000); seed++) {
          const { moments, read } = churn(seed, order)
          const found = yield* Effect.option(Pages.all(read, named))
          if (Option.isNone(found)) {
            failed++
            continue
          }
          complete++
          const all = new Set(found.value)
          assert.strictEqual(all.size, found.value.length, `seed ${seed}: somebody is there twice`)
          const throughout = [...(moments[0] ?? [])].filter((id) => moments.every((moment) => moment.has(id)))
          for (const id of throughout) assert.isTrue(all.has(id), `seed ${seed}: ${id} is missing`)
          const isMoment = moments.some(
            (moment) => moment.size === all.size && found.value.every((id) => moment.has(id)),
          )
          assert.isTrue(isMoment, `seed ${seed}: it was never like that`)
        }
        // Both happen, and a quiet listing is always complete.
        assert.isAbove(complete, runs(1000) / 4)
        assert.isAbove(failed, 0)
      }),
    )
  }
})
