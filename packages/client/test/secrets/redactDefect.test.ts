/** What went wrong inside a credential or a transport is told as far as it is safe: by its tag, its class, its place. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as Credentials from "../../src/Credentials.js"
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
