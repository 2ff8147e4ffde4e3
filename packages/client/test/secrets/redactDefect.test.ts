/** What went wrong inside a credential or a transport is told as far as it is safe: by its tag or its class. */
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

  it.scoped("keeps the name of its class, and neither its message nor what it holds", () =>
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
  const hidden = "; the defect is not shown, as it may contain secrets"
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
})
