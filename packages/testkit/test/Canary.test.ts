// The harness itself: that it sees every sink, in every form, and sees nothing where there is nothing.
import { assert, describe, it } from "@effect/vitest"
import { Canary, Contract } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"

const key = Canary.header("form key")
const password = Canary.text("form password")

const base64 = (text: string) => Buffer.from(text).toString("base64")
const goJson = (text: string) =>
  JSON.stringify(text).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
const asciiJson = (text: string) =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Written apart from the harness, with Node's own encoders. */
const encoders: Record<string, readonly [Canary.Form, (secret: string) => string]> = {
  "as it is": ["plain", (secret) => secret],
  "in upper case": ["plain", (secret) => secret.toUpperCase()],
  JSON: ["escaped", (secret) => JSON.stringify({ secret })],
  "JSON in JSON": ["escaped", (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
  "JSON in JSON in JSON, indented": [
    "escaped",
    (secret) => JSON.stringify({ body: JSON.stringify([JSON.stringify({ secret }, null, 2)]) }, null, 2),
  ],
  "JSON as Go writes it": ["escaped", goJson],
  "JSON in ASCII": ["escaped", asciiJson],
  encodeURIComponent: ["percent-encoded", encodeURIComponent],
  encodeURI: ["percent-encoded", encodeURI],
  "encodeURIComponent in lower case": ["percent-encoded", (secret) => encodeURIComponent(secret).toLowerCase()],
  "a form": ["percent-encoded", (secret) => new URLSearchParams({ secret }).toString()],
  "a query": [
    "percent-encoded",
    (secret) => {
      const url = new URL("https://api.example.com/v4")
      url.searchParams.set("secret", secret)
      return url.href
    },
  ],
  HTML: [
    "html",
    (secret) =>
      secret.replace(
        /[&<>"']/g,
        (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c] ?? "",
      ),
  ],
  base64: ["base64", base64],
  "base64 unpadded": ["base64", (secret) => base64(secret).replaceAll("=", "")],
  base64url: ["base64", (secret) => Buffer.from(secret).toString("base64url")],
  "base64 of user:pass": ["base64", (secret) => base64(`ann:${secret}`)],
  "base64 of bob1:pass": ["base64", (secret) => base64(`bob1:${secret}`)],
  "base64url of carol:pass": ["base64", (secret) => Buffer.from(`carol:${secret}`).toString("base64url")],
  "base64 of a JSON body": ["base64", (secret) => base64(`{"username":"ann","x":"${secret}"}`)],
  "a Buffer": ["bytes", (secret) => `${[...Buffer.from(secret)].join(", ")}`],
  "cut short": ["fragment", (secret) => secret.slice(0, -8)],
  "with its marks replaced": ["fragment", (secret) => secret.replace(/\W/g, "_")],
  hex: ["bytes", (secret) => Buffer.from(secret).toString("hex")],
}

/** A program that prints a text to each sink, and to as few others as can be. */
const leaky: Record<Canary.Sink, (text: string) => Effect.Effect<unknown, unknown>> = {
  "error.message": (text) => Effect.fail({ message: text }),
  "error.stack": (text) => Effect.fail(Object.assign(new Error("quiet"), { stack: text })),
  // @effect-diagnostics-next-line globalErrorInEffectFailure:off - the leak that is planted
  "error.cause": (text) => Effect.fail(new Error("quiet", { cause: { request: { headers: { key: text } } } })),
  "error.toJSON": (text) => Effect.fail({ toJSON: () => ({ text }) }),
  "error JSON.stringify": (text) => Effect.fail({ text }),
  "error inspect": (text) => Effect.fail({ [Symbol.for("nodejs.util.inspect.custom")]: () => text }),
  "error inspect of own properties": (text) =>
    Effect.fail(
      Object.defineProperty({ [Symbol.for("nodejs.util.inspect.custom")]: () => "quiet" }, "request", {
        value: { body: text },
        enumerable: false,
      }),
    ),
  "error String": (text) => Effect.fail({ toString: () => text }),
  "Cause.pretty": (text) => Effect.die(new Error(text)),
  "Cause inspect": (text) => Effect.fail({ text }),
  "Exit inspect": (text) => Effect.fail({ text }),
  "Exit JSON.stringify": (text) => Effect.fail({ text }),
  // @effect-diagnostics-next-line globalErrorInEffectFailure:off - the leak that is planted
  FiberFailure: (text) => Effect.fail(new Error(text)),
  "log json": (text) => Effect.logTrace({ text }),
  "log logfmt": (text) => Effect.annotateLogs(Effect.logDebug("quiet"), { text }),
  "log pretty": (text) => Effect.logInfo("quiet", text),
  "log structured": (text) => Effect.logWarning("quiet", Cause.fail(text)),
  "log string": (text) => Effect.withLogSpan(Effect.logError("quiet"), text),
  "span name": (text) => Effect.withSpan(Effect.void, text),
  "span attributes": (text) => Effect.withSpan(Effect.void, "quiet", { attributes: { headers: { key: text } } }),
  "span events": (text) => Effect.withSpan(Effect.logTrace(text), "quiet"),
  "span exit": (text) => Effect.ignore(Effect.withSpan(Effect.fail({ text }), "quiet")),
  metrics: (text) => Metric.increment(Metric.tagged(Metric.counter("canary_test"), "key", text)),
  console: (text) =>
    Effect.zipRight(
      Console.error("quiet", { text }),
      Effect.sync(() => console.debug(text)),
    ),
}

describe("Canary", () => {
  for (const [name, [form, encode]] of Object.entries(encoders)) {
    it.effect(`finds a secret written as ${name}`, () =>
      Effect.gen(function* () {
        for (const secret of [key, password]) {
          const text = encode(Redacted.value(secret))
          const sighting = {
            exit: Exit.void,
            sinks: new Map<Canary.Sink, string>([["console", `before ${text} after`]]),
          }
          const found = Canary.leaks(sighting, Canary.make({ secret }))
          assert.include(
            found.map((leak) => leak.form),
            form,
          )
        }
      }),
    )
  }

  it("has secrets that no two encodings write alike", () => {
    for (const secret of [key, password].map(Redacted.value)) {
      const all = [
        secret,
        JSON.stringify(secret).slice(1, -1),
        goJson(secret).slice(1, -1),
        encodeURIComponent(secret),
        encodeURI(secret),
        new URLSearchParams([["", secret]]).toString().slice(1),
        base64(secret),
        base64(secret).replaceAll("=", ""),
        Buffer.from(secret).toString("base64url"),
      ]
      assert.strictEqual(new Set(all).size, all.length, all.join("\n"))
    }
    assert.match(Redacted.value(key), /^[\x21-\x7e]+$/)
    assert.notStrictEqual(Redacted.value(key), Redacted.value(Canary.header("another")))
  })

  for (const [sink, program] of Object.entries(leaky)) {
    it.effect(`watches ${sink}`, () =>
      Effect.gen(function* () {
        const secret = Canary.text(`sink ${sink}`)
        const sighting = yield* Canary.watch(program(Redacted.value(secret)))
        const found = Canary.leaks(sighting, Canary.make({ secret }))
        assert.include(
          found.map((leak) => leak.sink),
          sink,
          JSON.stringify(found),
        )
      }),
    )
  }

  it.effect("sees nothing where there is nothing", () =>
    Effect.gen(function* () {
      const secret = Canary.text("never leaves")
      const program = Effect.gen(function* () {
        yield* Effect.logInfo("signed in", { secret })
        yield* Effect.annotateCurrentSpan({ secret })
        console.info(secret)
        return yield* Effect.fail({ _tag: "Refused", secret })
      }).pipe(Effect.withSpan("program"))
      const exit = yield* Canary.assertNoLeak(program, Canary.make({ secret }))
      assert.isTrue(Exit.isFailure(exit))
      // What a program succeeds with is the caller's.
      assert.deepStrictEqual(
        yield* Canary.assertNoLeak(Effect.succeed(Redacted.value(secret)), Canary.make({ secret })),
        Exit.succeed(Redacted.value(secret)),
      )
    }),
  )

  it.effect("reports what leaked where, and does not repeat it", () =>
    Effect.gen(function* () {
      const secret = Canary.header("reported")
      const canary = Canary.make({ "the key": secret })
      const leak = Effect.sync(() => console.log(`key=${Redacted.value(secret)}`))
      const exit = yield* Effect.exit(Canary.assertNoLeak(leak, canary))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      const printed = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(printed, "the key, plain, in console")
      const repeated = { exit, sinks: new Map<Canary.Sink, string>([["console", printed]]) }
      assert.deepStrictEqual(Canary.leaks(repeated, canary), [])
    }),
  )

  it.effect("lets interruption through, and gives the console back", () =>
    Effect.gen(function* () {
      const log = console.log
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(Canary.watch(Effect.never)))
      yield* Effect.yieldNow()
      assert.notStrictEqual(console.log, log)
      const exits = yield* Effect.forEach(fibers, Fiber.interrupt)
      assert.isTrue(exits.every(Exit.isInterrupted))
      assert.strictEqual(console.log, log)
      const sighting = yield* Canary.watch(Effect.interrupt)
      assert.isTrue(Exit.isInterrupted(sighting.exit))
      assert.isTrue(sighting.sinks.has("Cause.pretty"))
      assert.strictEqual(console.log, log)
    }),
  )

  it("names every row and every column of the matrix", () => {
    for (const sink of Object.keys(leaky)) assert.include(Canary.sinks, sink)
    assert.strictEqual(new Set(Canary.sinks).size, 24)
    assert.sameMembers([...new Set(Object.values(encoders).map(([form]) => form))], [...Canary.forms])
  })

  it("is a part of the contract too", () => {
    assert.strictEqual(Contract.assertNoLeak, Canary.assertNoLeak)
  })

  it("refuses an empty secret", () => {
    assert.throws(() => Canary.make({ nothing: "" }), /nothing is empty/)
  })
})
