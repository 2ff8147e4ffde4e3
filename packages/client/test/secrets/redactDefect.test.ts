/** What went wrong inside a credential or a transport is told as far as it is safe: by its tag, its class, its place. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as Credentials from "../../src/Credentials.js"
import { className, replaceDefects } from "../../src/internal/secrets/redactDefect.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as Script from "../support/retryScript.js"

/** Runs it, and gives the spans that were made, in order. */
const traced = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.Span> = []
    const tracer = yield* Effect.tracer
    const recording = Tracer.make({
      ...tracer,
      span: (...args) => {
        const span = tracer.span(...args)
        spans.push(span)
        return span
      },
      context: (f, fiber) => tracer.context(f, fiber),
    })
    yield* Effect.withTracer(effect, recording)
    return spans
  })

const parentOf = (span: Tracer.Span | undefined): string | undefined =>
  span === undefined ? undefined : Option.getOrUndefined(span.parent)?.spanId

describe("the effect of a credential", () => {
  it.scoped("has its span below the call's, also when it is asked again after a 401", () =>
    Effect.gen(function* () {
      let asked = 0
      const secret = Effect.withSpan(
        Effect.sync(() => Redacted.make(`token-${asked++}`)),
        "refresh",
      )
      for (const credentials of [
        Credentials.bearer(secret),
        Credentials.apiKey(secret),
        Credentials.basic("ada", secret),
      ]) {
        const { client } = Script.scripted(Script.respond(401), Script.good("getSelfUser"))
        const users = yield* Script.make(client, { credentials })
        const spans = yield* traced(Effect.withSpan(users.getSelfUser, "app"))
        const [app, call] = spans
        const refreshes = spans.filter(({ name }) => name === "refresh")
        assert.deepStrictEqual([app?.name, call?.name, refreshes.length], ["app", "Users.getSelfUser", 2])
        assert.strictEqual(parentOf(call), app?.spanId)
        for (const refresh of refreshes) assert.strictEqual(parentOf(refresh), call?.spanId)
      }
    }),
  )

  it.scoped("that interrupts itself fails the call that asked, and interrupts neither it nor others", () =>
    Effect.gen(function* () {
      const users = yield* Script.make(Script.scripted(Script.good("getSelfUser")).client, {
        credentials: Credentials.bearer(Effect.interrupt),
      })
      const end = yield* Effect.exit(
        Effect.all([Effect.either(users.getSelfUser), Effect.as(Effect.yieldNow(), "went on")], {
          concurrency: "unbounded",
        }),
      )
      assert(Exit.isSuccess(end))
      const [result, other] = end.value
      assert.strictEqual(other, "went on")
      assert.deepInclude<unknown>(Script.errorOf({ result, took: 0 }), {
        _tag: "TransportError",
        reason: "Credentials",
        outcome: "NotSent",
      })
    }),
  )
})

describe("a defect in a transport", () => {
  class PoolExhausted extends Error {}

  const hunter = "hunter22 hunter22"
  const throwingHere = (): never => {
    throw Object.assign(new PoolExhausted(hunter), { request: hunter })
  }

  it.scoped("keeps the name of its class and its frames, and neither its message nor what it holds", () =>
    Effect.forEach(
      [
        ["thrown", HttpClient.make(() => throwingHere())],
        ["thrown in an effect", HttpClient.make(() => Effect.sync(() => throwingHere()))],
        ["the end of a promise", HttpClient.make(() => Effect.promise(async () => throwingHere()))],
      ] as const,
      ([what, client]) =>
        Effect.gen(function* () {
          const users = yield* Script.make(client, { retryPolicy: RetryPolicy.none })
          const end = yield* Effect.exit(users.getUser(Script.userId))
          assert(Exit.isFailure(end) && Cause.isDie(end.cause), what)
          const defect = Cause.squash(end.cause)
          assert(defect instanceof Error)
          assert.include(defect.message, "PoolExhausted", what)
          assert.match(defect.stack ?? "", /^ {4}at .*throwingHere.*redactDefect\.test\.ts:\d+:\d+\)?$/m, what)
          const printed = `${defect.stack} ${defect} ${JSON.stringify(defect)} ${Cause.pretty(end.cause)}`
          assert.notInclude(printed, hunter, what)
        }),
    ),
  )
})

describe("what is put in the place of a defect", () => {
  const hunter = "hunter22"
  const replaced = (effect: Effect.Effect<unknown, unknown>) =>
    Effect.runSync(Effect.exit(replaceDefects(effect, () => [Redacted.make(hunter)])))
  const instead = (defect: unknown): Error => {
    const end = replaced(Effect.die(defect))
    const error = Exit.isFailure(end) && Cause.isDie(end.cause) ? Cause.squash(end.cause) : undefined
    return error instanceof Error ? error : assert.fail()
  }
  const hidden = "; what it died with may hold secrets and is not shown"
  const named = (name: string) => Object.defineProperty(class extends Error {}, "name", { value: name })

  it("is nothing where there is none: a value, a failure, an interruption", () => {
    assert.deepStrictEqual(replaced(Effect.succeed(1)), Exit.succeed(1))
    assert.deepStrictEqual(replaced(Effect.fail(hunter)), Exit.fail(hunter))
    assert.isTrue(Exit.isInterrupted(replaced(Effect.interrupt)))
    const both = replaced(Effect.failCause(Cause.sequential(Cause.interrupt(FiberId.none), Cause.die(hunter))))
    assert(Exit.isFailure(both) && Cause.isInterruptedOnly(both.cause))
  })

  it("names its class, if that may be the name of one", () => {
    for (const name of ["TypeError", "_$1", "$", `E${"x".repeat(60)}`]) {
      assert.strictEqual(className(new (named(name))()), name)
      assert.strictEqual(instead(new (named(name))(hunter)).message, `The HttpClient died of ${name}${hidden}`)
    }
    const throwing = new Proxy(new Error(hunter), {
      getPrototypeOf: () => {
        throw new Error(hunter)
      },
    })
    const anonymous = Object.setPrototypeOf(
      new Error(hunter),
      Object.create(Error.prototype, { constructor: { value: { name: ["TypeError"] } } }),
    )
    const odd = ["", "1st", "two words", "E-x", "E\n", `E${"x".repeat(61)}`].map((name) => new (named(name))(hunter))
    for (const defect of [...odd, hunter, undefined, null, { message: hunter }, new Date(), throwing, anonymous]) {
      assert.isUndefined(className(defect))
      assert.strictEqual(instead(defect).message, `The HttpClient died${hidden}`)
    }
    assert.strictEqual(instead(new (named(hunter))()).message, `The HttpClient died of <redacted>${hidden}`)
  })

  it("keeps those lines of its stack that are frames, twenty at the most", () => {
    const frames = (message: string, lines: ReadonlyArray<string>) => {
      const stack = [`Error: ${message}`, ...lines].join("\n")
      const error = instead(Object.assign(new Error(message), { stack }))
      const [first, ...rest] = (error.stack ?? "").split("\n")
      assert.strictEqual(first, `Error: ${error.message}`)
      return rest
    }
    const good = [
      "    at /srv/app.js:1:2",
      "    at file:///srv/app.mjs:10:20",
      "    at node:internal/process/task_queues:95:5",
      "    at C:/srv/a+b@1~c%20/app-1.js:1:2",
      "    at throwing (/srv/app.js:1:2)",
      "    at async Pool.get (/srv/app.js:1:2)",
      "    at new Pool$_1 (/srv/app.js:1:2)",
      "    at Object.<anonymous> [as get] (/srv/app.js:1:2)",
      "    at Pool.#get (/srv/app.js:1:2)",
    ]
    assert.deepStrictEqual(frames("no", good), good)
    assert.deepStrictEqual(
      instead(Object.assign(new Error(""), { stack: `\n${good[0]}` }))
        .stack?.split("\n")
        .slice(1),
      [good[0]],
    )
    const bad = [
      "   at /srv/app.js:1:2",
      "     at /srv/app.js:1:2",
      "x    at /srv/app.js:1:2",
      "    at /srv/app.js:1:2 and more",
      "    at /srv/app.js:1",
      "    at /srv/app.js",
      "    at /srv/app.js:x:y",
      '    at get ("secret") (/srv/app.js:1:2)',
      "    at /srv/my secret.js:1:2",
      "    at get",
      "secret",
    ]
    // Without a frame it has a stack of its own: where it was replaced.
    for (const line of bad) assert.notInclude(frames("no", [...good.slice(0, 1), line]), line)
    assert.deepStrictEqual(frames("no", [...bad, ...good]), good)
    assert.deepStrictEqual(frames(`no\n${good.join("\n")}`, good.slice(0, 1)), good.slice(0, 1))
    assert.strictEqual(
      frames(
        "no",
        Array.from({ length: 30 }, () => good[0] ?? ""),
      ).length,
      20,
    )
    assert.deepStrictEqual(frames("no", [`    at ${hunter} (/srv/app.js:1:2)`]), [
      "    at <redacted> (/srv/app.js:1:2)",
    ])
    const long = frames("no", [`    at /srv/${"a".repeat(600)}.js:1:2`])
    assert.deepStrictEqual(
      long.map((line) => line.length),
      [504],
    )
  })

  it("has a stack of its own where that of the defect cannot be read", () => {
    const frame = "    at /srv/app.js:1:2"
    const unreadable = Object.defineProperty(new Error("no"), "stack", {
      get: () => {
        throw new Error(hunter)
      },
    })
    for (const defect of [
      { message: "no", stack: `Error: no\n${frame}` },
      Object.assign(new Error("no"), { stack: 1 }),
      Object.assign(new Error("no"), { stack: undefined }),
      Object.assign(new Error("no"), { stack: `Error: yes\n${frame}` }),
      unreadable,
    ]) {
      const { message, stack } = instead(defect)
      assert.notInclude(stack ?? "", frame)
      assert.strictEqual((stack ?? "").indexOf(`Error: ${message}\n    at `), 0)
    }
  })
})
