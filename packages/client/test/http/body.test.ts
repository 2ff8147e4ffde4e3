// How the body of an answer is read, in memory: how much of it, for how long, and as which text.
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Body from "../../src/internal/http/body.js"
import { readForeign } from "../../src/internal/http/foreignBody.js"

const bytes = (text: string) => new TextEncoder().encode(text)

type Step = string | "break" | "stall"

/** An answer whose body comes in these chunks; what was pulled of it, and whether it was given up. */
const answer = (steps: ReadonlyArray<Step>, headers: Record<string, string> = {}, status = 200) => {
  const seen = { pulled: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const step = steps[seen.pulled++]
        if (step === undefined) controller.close()
        else if (step === "break") controller.error(new Error("lost"))
        else if (step === "stall") return new Promise<void>(() => {})
        else controller.enqueue(bytes(step))
        return undefined
      },
      cancel: () => {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const response = HttpClientResponse.fromWeb(
    HttpClientRequest.get("http://127.0.0.1/"),
    new Response(body, { headers, status }),
  )
  return { response, seen }
}

const read = (response: HttpClientResponse.HttpClientResponse, limit: number) =>
  Effect.map(Effect.either(Body.readBytes(response, limit, readForeign)), (result) =>
    Either.isRight(result) ? new TextDecoder().decode(result.right) : result.left,
  )

/** An answer of one of this package's own transports, which reads as it is told. */
const bounded = (result: Either.Either<Uint8Array, Body.BodyFault>) => {
  const told: Array<ReadonlyArray<unknown>> = []
  const { response } = answer(["never read"])
  const own = Object.assign(Object.create(response), {
    [Body.headerOf]: (name: string) => `its own ${name}`,
    [Body.readAtMost]: (...how: ReadonlyArray<unknown>) => {
      told.push(how)
      return result
    },
  })
  return { response: own, told }
}

describe("a body", () => {
  it.effect("is read up to the cap, and not a byte more", () =>
    Effect.gen(function* () {
      for (const headers of [{}, { "content-length": "6" }] as const) {
        assert.strictEqual(yield* read(answer(["abc", "def"], headers).response, 6), "abcdef")
        assert.strictEqual(yield* read(answer(["abc", "def"], headers).response, 5), "BodyTooLarge")
      }
      assert.strictEqual(yield* read(answer([]).response, 0), "")
      assert.strictEqual(yield* read(answer(["a"], { "content-length": "0" }).response, 0), "BodyTooLarge")
    }),
  )

  it.effect("of a response that has none to be read is lost", () =>
    Effect.gen(function* () {
      const fault = yield* Effect.flip(
        Body.readBytes({ status: 200, headers: answer([]).response.headers }, 3, readForeign),
      )
      assert.strictEqual(fault, "ConnectionLost")
    }),
  )

  it.effect("of which there is none is empty", () =>
    Effect.gen(function* () {
      for (const headers of [undefined, { "content-length": "0" }]) {
        const none = new Response(null, headers === undefined ? {} : { headers })
        const response = HttpClientResponse.fromWeb(HttpClientRequest.get("http://127.0.0.1/"), none)
        assert.strictEqual(yield* read(response, 10), "")
      }
    }),
  )

  it.effect("that breaks off is lost, however it is read", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* read(answer(["abc", "break"]).response, 10), "ConnectionLost")
      assert.strictEqual(
        yield* read(answer(["abc", "break"], { "content-length": "6" }).response, 10),
        "ConnectionLost",
      )
    }),
  )

  it.effect("is counted as it comes, and given up at the cap, where its length cannot be believed", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 100 }, () => "0123456789")
      const untold: ReadonlyArray<Record<string, string>> = [
        {},
        { "content-length": "5", "content-encoding": "gzip" },
        { "content-length": "many" },
        { "content-length": "21" },
      ]
      for (const headers of untold) {
        const { response, seen } = answer(many, headers)
        assert.strictEqual(yield* read(response, 20), "BodyTooLarge")
        assert.deepStrictEqual(seen, { pulled: 3, cancelled: true }, JSON.stringify(headers))
      }
      for (const headers of [
        { "content-length": "20" },
        { "content-length": "5", "content-encoding": "identity" },
      ] as const) {
        const { response, seen } = answer(many, headers)
        assert.strictEqual(yield* read(response, 20), "BodyTooLarge")
        assert.strictEqual(seen.pulled, 101, "read in one go")
      }
    }),
  )

  it.effect("is counted in a browser, where a compressed body may look like a short one", () =>
    Effect.gen(function* () {
      for (const scope of ["window", "WorkerGlobalScope"]) {
        const { response, seen } = answer(["0123456789", "0123456789", "0123456789"], { "content-length": "5" })
        yield* Effect.acquireUseRelease(
          Effect.sync(() => Reflect.set(globalThis, scope, {})),
          () => read(response, 10),
          () => Effect.sync(() => Reflect.deleteProperty(globalThis, scope)),
        )
        assert.strictEqual(seen.pulled, 2, scope)
      }
    }),
  )

  it.effect("of a transport of this package is read by the transport", () =>
    Effect.gen(function* () {
      const { response, told } = bounded(Either.right(bytes("own")))
      assert.strictEqual(yield* read(response, 7), "own")
      assert.deepStrictEqual(told, [[7]])
      // The transport may be of another copy of the package.
      assert.strictEqual(Body.readAtMost, Symbol.for("@effect-tiledb/client/readAtMost"))
      assert.strictEqual(yield* read(bounded(Either.left("BodyTooLarge")).response, 7), "BodyTooLarge")
    }),
  )

  it("has a header, which a transport of this package gives by its name", () => {
    assert.strictEqual(Body.header(answer([], { "x-one": "1" }).response, "x-one"), "1")
    assert.isUndefined(Body.header(answer([]).response, "x-one"))
    assert.strictEqual(Body.header(bounded(Either.right(bytes(""))).response, "x-one"), "its own x-one")
    assert.strictEqual(Body.headerOf, Symbol.for("@effect-tiledb/client/headerOf"))
  })

  it("is its chunks, one after the other", () => {
    const one = bytes("one")
    assert.strictEqual(Body.joined([one]), one)
    assert.deepStrictEqual(Body.joined([]), new Uint8Array())
    assert.deepStrictEqual(Body.joined([one, bytes(""), bytes("two")]), bytes("onetwo"))
  })
})

describe("a body that only has to come soon", () => {
  it.effect("is there, or it is gave up after a second, or at the cap, or where it breaks off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Body.readSoon(answer(["abc"]).response, 3, readForeign), bytes("abc"))
      assert.isUndefined(yield* Body.readSoon(answer(["abcd"]).response, 3, readForeign))
      assert.isUndefined(yield* Body.readSoon(answer(["abc", "break"]).response, 9, readForeign))
      const { response, seen } = answer(["abc", "stall"])
      const fiber = yield* Effect.fork(Body.readSoon(response, 9, readForeign))
      yield* TestClock.adjust("999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.isUndefined(yield* Fiber.join(fiber))
      assert.isTrue(seen.cancelled)
      const own = bounded(Either.right(bytes("own")))
      assert.deepStrictEqual(yield* Body.readSoon(own.response, 7, readForeign), bytes("own"))
      assert.deepStrictEqual(own.told, [[7, 1000]])
      assert.isUndefined(yield* Body.readSoon(bounded(Either.left("ConnectionLost")).response, 7, readForeign))
    }),
  )
})

describe("a body that nobody reads", () => {
  it.effect("is emptied, so that its connection can be used again, up to 64 KiB", () =>
    Effect.gen(function* () {
      const full = answer(["x".repeat(32 * 1024), "x".repeat(32 * 1024)])
      yield* Body.drain(full.response, readForeign)
      assert.deepStrictEqual(full.seen, { pulled: 3, cancelled: false })
      const more = answer(["x".repeat(32 * 1024), "x".repeat(32 * 1024), "x", "x"])
      yield* Body.drain(more.response, readForeign)
      assert.deepStrictEqual(more.seen, { pulled: 3, cancelled: true })
      const own = bounded(Either.left("BodyTooLarge"))
      yield* Body.drain(own.response, readForeign)
      assert.deepStrictEqual(own.told, [[64 * 1024, 1000]])
    }),
  )

  it.effect("is waited for no longer than a second", () =>
    Effect.gen(function* () {
      const { response, seen } = answer(["abc", "stall"])
      const fiber = yield* Effect.fork(Body.drain(response, readForeign))
      yield* TestClock.adjust("999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      assert.isTrue(seen.cancelled)
    }),
  )
})

describe("the body of an error", () => {
  const closing = (status: number) => {
    const seen = { closed: false }
    const response = Object.create(answer(["abc"]).response, {
      status: { value: status },
      arrayBuffer: {
        value: Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            seen.closed = true
          }),
        ),
      },
    })
    return { response, seen }
  }

  it.effect("is read like any other, but for a 101 that was not asked for, whose connection is closed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Body.readBytes(answer(["abc"], {}, 500).response, 3, readForeign), bytes("abc"))
      for (const [status, body] of [
        [99, ""],
        [100, "abc"],
        [101, ""],
        [102, "abc"],
      ] as const) {
        const { response, seen } = closing(status)
        assert.strictEqual(yield* read(response, 3), body, `${status}`)
        assert.strictEqual(seen.closed, body === "", `${status}`)
      }
    }),
  )
})
