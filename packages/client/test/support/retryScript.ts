/** What the tests of retries share: the ten calls, a service that follows a script, and faults to put into it. */
import * as HttpClient from "@effect/platform/HttpClient"
import { type HttpClientError, RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { type OperationName, Operations, type ScopedToken, UserId } from "@effect-tiledb/schema"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as TestServices from "effect/TestServices"
import type * as TileDBClient from "../../src/TileDBClient.js"
import type { TileDBError } from "../../src/TileDBError.js"
import type * as Users from "../../src/Users.js"
import { makeUsers } from "./users.js"

export const userId = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

export const user = {
  id: userId,
  display_name: "Ada",
  email: "ada@example.com",
  role: "member",
  username: "ada",
  timezone: "Europe/Athens",
  created_at: "2024-01-02T03:04:05Z",
}

const token: ScopedToken = Redacted.make("scoped")
const password = Redacted.make("correct horse")

/** Every operation, called as anybody would. */
export const calls: {
  readonly [Name in OperationName]: (users: Users.Service) => Effect.Effect<unknown, TileDBError>
} = {
  changePassword: (users) => users.changePassword({ current_password: password, new_password: password }),
  confirmEmail: (users) => users.confirmEmail(token),
  createUser: (users) => users.createUser({ email: user.email, username: user.username, password }),
  deleteUser: (users) => users.deleteUser(userId),
  getSelfUser: (users) => users.getSelfUser,
  getUser: (users) => users.getUser(userId),
  requestEmailConfirmation: (users) => users.requestEmailConfirmation({ username_or_email: user.email }),
  requestPasswordReset: (users) => users.requestPasswordReset({ username_or_email: user.email }),
  resetPassword: (users) => users.resetPassword(token, { new_password: password }),
  updateUser: (users) => users.updateUser(userId, { display_name: "Ada L." }),
}

export const names = Object.keys(calls) as ReadonlyArray<OperationName>

export type Answer = (
  request: HttpClientRequest,
  signal: AbortSignal,
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError>

const goodBody = (name: OperationName): string | null =>
  Operations[name].success === null
    ? null
    : JSON.stringify({ data: name === "getSelfUser" ? { user, workspaces: [] } : user })

export const respond =
  (
    status: number,
    body: string | ReadableStream<Uint8Array> | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): Answer =>
  (request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))

export const good = (name: OperationName): Answer => respond(Operations[name].successStatus, goodBody(name))

const broken =
  (cause: Error): Answer =>
  (request) =>
    Effect.fail(new RequestError({ request, reason: "Transport", cause }))

const systemError = (code: string, syscall: string) => Object.assign(new Error(`${syscall} ${code}`), { code, syscall })

export const refused = broken(systemError("ECONNREFUSED", "connect"))
export const reset = broken(new TypeError("fetch failed", { cause: systemError("ECONNRESET", "read") }))
export const silence: Answer = () => Effect.never

/** An answer whose body begins and then breaks off, or never comes to its end. */
export const partly =
  (end: "broken" | "stalled" | "endless", headers: Readonly<Record<string, string>> = {}, status = 200): Answer =>
  (request, signal) =>
    Effect.suspend(() => {
      let pulls = 0
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulls += 1
          if (pulls === 1 || end === "endless") controller.enqueue(new TextEncoder().encode(`{"data":{"id":`))
          else if (end === "broken") controller.error(systemError("ECONNRESET", "read"))
          else return new Promise<void>(() => {})
          return undefined
        },
      })
      return respond(status, body, { "content-type": "application/json", ...headers })(request, signal)
    })

export const cutOff = partly("broken")
export const stalled = partly("stalled")
export const stalledError = partly("stalled", {}, 500)
export const endless = partly("endless")
/** The same with a length, which the client reads in another way. */
export const cutOffShort = partly("broken", { "content-length": "500" })
export const stalledShort = partly("stalled", { "content-length": "500" })

/** A 404 as the service writes it; any other is no `NotFound`. */
export const notFound = respond(404, JSON.stringify({ code: 10401, message: "No such user", request_id: "req_404" }))

export const malformed = respond(200, `{"data":{"id":`)

/** `Retry-After` as a date, so and so many milliseconds from the time of the answer. */
export const busyUntil =
  (status: number, millis: number): Answer =>
  (request, signal) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      respond(status, null, { "retry-after": new Date(now + millis).toUTCString() })(request, signal),
    )

/** The same answer, so much later. */
export const after =
  (delay: Duration.DurationInput, answer: Answer): Answer =>
  (request, signal) =>
    Effect.delay(answer(request, signal), delay)

/** A service that answers request after request as told (the last answer stands), and notes when each of them came. */
export const scripted = (...answers: readonly [Answer, ...ReadonlyArray<Answer>]) => {
  const arrivals: Array<number> = []
  const last = answers[answers.length - 1] ?? answers[0]
  const client = HttpClient.make((request, _, signal) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const answer = answers[arrivals.length] ?? last
      arrivals.push(now)
      return answer(request, signal)
    }),
  )
  return { arrivals, client }
}

export const make = (client: HttpClient.HttpClient, options: TileDBClient.Options = {}) =>
  Effect.provideService(
    makeUsers({ baseUrl: "http://127.0.0.1:1/v4", ...options }),
    HttpClient.HttpClient,
    client,
  ).pipe(Effect.orDie)

/** The seed of every jitter in these tests; what it gives is written out in them. */
const seed = "retries"

export const seeded = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.withRandom(effect, Random.make(seed)))

export interface Ended<A, E> {
  readonly result: Either.Either<A, E>
  /** Virtual milliseconds from the call to its end. */
  readonly took: number
}

/**
 * A `TestClock` of one's own: many cases, each in its own time, take the real time of one. (`TestContext` would do as well,
 * but takes 4 ms to build.)
 */
export const withOwnClock = Effect.provide(
  Layer.provide(TestClock.defaultTestClock, Layer.succeedContext(TestServices.liveServices)),
)

/** Lets a call run to its end in virtual time, however long that takes. */
export const toTheEnd = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<Ended<A, E>, never, R> =>
  Effect.gen(function* () {
    const started = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.either(call).pipe(
      Effect.zipWith(Clock.currentTimeMillis, (result, ended) => ({ result, took: ended - started })),
      seeded,
      Effect.fork,
    )
    yield* advanceUntilDone(fiber)
    return yield* Fiber.join(fiber)
  })

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets everything run that needs no time to pass. */
export const settle = TestClock.adjust(0)

/** Moves the clock from one sleep to the next until the fiber is done: the time at its end is the time of its end. */
const advanceUntilDone = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* turn
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      const sleeps = yield* TestClock.sleeps()
      if (Chunk.isNonEmpty(sleeps)) yield* TestClock.setTime(Math.min(...sleeps))
      else yield* turn
    }
  })

/** The error a call must have ended with. */
export const errorOf = <A, E>(ended: Ended<A, E>): E =>
  Either.getOrThrowWith(Either.flip(ended.result), () => new Error("the call should have failed"))

/**
 * A clock for thousands of calls at once, where moving a `TestClock` takes too long: it jumps to the next sleep whenever
 * nothing else can run, and forgets sleeps that are given up.
 */
export const inVirtualTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    let now = 0
    const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
    const clock: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => now,
      unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
      currentTimeMillis: Effect.sync(() => now),
      currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
      sleep: (duration) =>
        Effect.async<void>((resume) => {
          const sleeper = { until: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
          sleepers.add(sleeper)
          return Effect.sync(() => sleepers.delete(sleeper))
        }),
    }
    const fiber = yield* Effect.fork(Effect.withClock(effect, clock))
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      yield* turn
      yield* turn
      now = [...sleepers].reduce((first, { until }) => Math.min(first, until), Number.MAX_SAFE_INTEGER)
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    }
    return yield* Fiber.join(fiber)
  })
