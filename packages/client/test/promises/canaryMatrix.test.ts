// Every operation, under every credential, through everything that may happen: no secret reaches any sink in any form. And
// the same harness sees the leaks of a client written by hand, sink by sink.
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-tiledb/client"
import { type OperationName, Operations } from "@effect-tiledb/schema"
import { Canary } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import {
  type Answer,
  bodyOf,
  calls,
  canary,
  invalid,
  scenarios,
  schemes,
  scripted,
  secrets,
} from "../support/canaryWorld.js"
import { inFull } from "../support/exhaustive.js"
import { dumped } from "../support/underWay.js"
import { makeUsers } from "../support/users.js"

const names = Object.keys(calls) as ReadonlyArray<OperationName>

const retryPolicy = RetryPolicy.make({ attempts: 2, baseDelay: "1 second", attemptTimeout: "5 seconds" })

/** Without limits the client holds nothing that a scope would close. */
const usersOver = (answer: Answer, scheme: keyof typeof schemes) => {
  const { client, sent } = scripted(answer)
  return Effect.map(
    Effect.provideService(makeUsers({ credentials: schemes[scheme], retryPolicy }), HttpClient.HttpClient, client),
    (users) => ({ users, sent }),
  ).pipe(Effect.scoped)
}

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets time pass, from one sleep to the next, when nothing else is left to do. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    for (let idle = 0; Option.isNone(yield* Fiber.poll(fiber)); idle++) {
      yield* turn
      if (idle % 10 < 9) continue
      const sleeps = yield* TestClock.sleeps()
      if (Chunk.isNonEmpty(sleeps)) yield* TestClock.setTime(Math.max(...sleeps))
    }
    return yield* Fiber.join(fiber)
  })

const interrupted = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(call)
    yield* Effect.yieldNow()
    return yield* Effect.flatten(Fiber.interrupt(fiber))
  })

const tagOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "success"
  if (Cause.isInterrupted(exit.cause)) return "interrupt"
  return Option.match(Cause.failureOption(exit.cause), {
    onNone: () => "defect",
    onSome: (error) => String(Reflect.get(Object(error), "_tag")),
  })
}

const schemeNames = Object.keys(schemes) as ReadonlyArray<keyof typeof schemes>

describe("no secret reaches any sink", () => {
  for (const [number, scheme] of schemeNames.entries()) {
    for (const [index, [scenario, { answer, tags }]] of Object.entries(scenarios).entries()) {
      // By default the schemes take turns.
      if (!inFull(true, index % schemeNames.length === number)) continue
      it.effect(`${scheme}: ${scenario}`, () =>
        inTime(
          Effect.forEach(
            names,
            (name) =>
              Effect.gen(function* () {
                const { sent, users } = yield* usersOver(answer, scheme)
                const call = calls[name].call(users)
                const sighting = yield* Canary.watch(
                  dumped(scenario === "interrupt" ? interrupted(call) : call, canary),
                )
                assert.deepStrictEqual(Canary.leaks(sighting, canary), [], name)
                assert.include(tags.length === 0 ? ["success"] : tags, tagOf(sighting.exit), name)

                // The secrets were there to be leaked: they were sent, and nothing else was.
                const [request] = sent
                assert.isDefined(request, name)
                const session = Operations[name].credential === "session"
                const { authorization, "x-tiledb-rest-api-key": key } = request?.headers ?? {}
                const own = { "API key": secrets.apiKey, Basic: secrets.basicPassword, bearer: secrets.bearer }[scheme]
                const expected = Redacted.value(session ? own : secrets.scopedToken)
                const headers = [key, authorization, Buffer.from(authorization?.slice(6) ?? "", "base64").toString()]
                assert.isTrue(
                  headers.some((header) => header?.endsWith(expected)),
                  name,
                )
                assert.strictEqual([key, authorization].filter((header) => header !== undefined).length, 1, name)
                for (const secret of calls[name].sends.filter((secret) => secret !== "scopedToken")) {
                  const values: ReadonlyArray<unknown> = Object.values(
                    JSON.parse(request === undefined ? "" : bodyOf(request)),
                  )
                  assert.include(values, Redacted.value(secrets[secret]), name)
                }
              }),
            { concurrency: "unbounded", discard: true },
          ),
        ),
      )
    }

    it.effect(`${scheme}: invalid request`, () =>
      Effect.gen(function* () {
        const { sent, users } = yield* usersOver(scenarios["2xx"]?.answer ?? (() => Effect.never), scheme)
        for (const name of names) {
          for (const call of invalid[name]) {
            const exit = yield* Canary.assertNoLeak(call(users), canary)
            assert.strictEqual(tagOf(exit), "InvalidRequest", name)
          }
        }
        assert.deepStrictEqual(sent, [])
      }),
    )
  }
})
