import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as Users from "../../src/Users.js"
import * as Script from "../support/retryScript.js"
import * as SocketServer from "../support/socketServer.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

/** Three attempts, almost without delay: these are real sockets in real time. */
const policy = RetryPolicy.make({ attempts: 3, baseDelay: 1, maxDelay: 2, attemptTimeout: "20 seconds" })
/** For the faults that only a timeout ends. */
const impatient = RetryPolicy.modify(policy, { attemptTimeout: "600 millis" })

const found = SocketServer.answer(JSON.stringify({ data: Script.user }))
const created = SocketServer.answer(JSON.stringify({ data: Script.user }), "201 Created")

const usersAt = (
  transport: Layer.Layer<HttpClient.HttpClient>,
  baseUrl: string,
  retryPolicy: RetryPolicy.RetryPolicy,
) =>
  Effect.map(
    Layer.build(
      Layer.provide(usersLayer({ baseUrl, retryPolicy, retryBudget: { capacity: 1000, perSuccess: 1 } }), transport),
    ),
    Context.get(Users.Users),
  )

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

/** Waits in real time for what the event loop will bring about. */
const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.delay(eventually(condition), 5)))

const stalls = Object.entries(SocketServer.behaviours).filter(([name]) => name.startsWith("stall"))
const breaks = Object.entries(SocketServer.behaviours).filter(([name]) => !name.startsWith("stall"))

describe.concurrent.each(Object.entries(transports))("over %s", { timeout: 30_000 }, (_, transport) => {
  for (const [fault, behaviour] of [...breaks, ...stalls]) {
    const stalling = fault.startsWith("stall")
    const chosen = stalling ? impatient : policy
    const reason = stalling ? "Timeout" : "ConnectionLost"

    const readIsRepeated = Effect.gen(function* () {
      const server = yield* SocketServer.start(behaviour)
      const users = yield* usersAt(transport, server.baseUrl, chosen)
      const error = yield* Effect.flip(users.getUser(Script.userId))
      assert(error._tag === "TransportError")
      assert.deepStrictEqual([error.reason, error.outcome, error.stopped], [reason, "Unknown", "Attempts"])
      assert.deepStrictEqual(
        error.attempts.map((attempt) => attempt.reason),
        [reason, reason, reason],
      )
      assert.deepStrictEqual(
        server.requests,
        [1, 2, 3].map(() => `GET /v4/users/${Script.userId} HTTP/1.1`),
      )
      // Whatever was under way has been given up, and its socket with it.
      yield* eventually(() => server.open.size === 0)
    })

    const userIsNotCreatedTwice = Effect.gen(function* () {
      const server = yield* SocketServer.start(behaviour, created)
      const users = yield* usersAt(transport, server.baseUrl, chosen)
      const error = yield* Effect.flip(Script.calls.createUser(users))
      assert(error._tag === "TransportError")
      assert.deepStrictEqual([error.reason, error.outcome, error.stopped], [reason, "Unknown", "NotRepeatable"])
      assert.deepStrictEqual(server.requests, ["POST /v4/users HTTP/1.1"])
    })

    const nextAttemptIsAnswered = Effect.gen(function* () {
      const server = yield* SocketServer.start(behaviour, found)
      const users = yield* usersAt(transport, server.baseUrl, chosen)
      const user = yield* users.getUser(Script.userId)
      assert.strictEqual(user.id, Script.userId)
      assert.strictEqual(server.requests.length, 2)
    })

    it.live(`${fault}: a read is repeated, a user is not created twice`, () =>
      Effect.all([readIsRepeated, userIsNotCreatedTwice, nextAttemptIsAnswered], { concurrency: "unbounded" }).pipe(
        Effect.scoped,
        quietly,
      ),
    )
  }

  it.live("connection refused: whatever it is, it is repeated, for nothing was sent", () =>
    Effect.gen(function* () {
      const baseUrl = yield* SocketServer.nobody
      const users = yield* usersAt(transport, baseUrl, policy)
      for (const name of Script.names) {
        const error = yield* Effect.flip(Script.calls[name](users))
        assert(error._tag === "TransportError")
        assert.deepStrictEqual(
          [error.reason, error.outcome, error.stopped, error.detail],
          ["ConnectionFailed", "NotSent", "Attempts", "ECONNREFUSED"],
        )
        assert.strictEqual(error.attempts.length, 3)
      }
    }).pipe(Effect.scoped, quietly),
  )

  it.live("a deadline ends a body that never does", () =>
    Effect.gen(function* () {
      const server = yield* SocketServer.start(SocketServer.behaviours["stall in the body"])
      const users = yield* usersAt(transport, server.baseUrl, RetryPolicy.modify(policy, { deadline: "300 millis" }))
      const error = yield* Effect.flip(users.getUser(Script.userId))
      assert(error._tag === "TransportError")
      assert.deepStrictEqual([error.reason, error.outcome, error.stopped], ["Deadline", "Unknown", "Deadline"])
      assert.strictEqual(server.requests.length, 1)
      yield* eventually(() => server.open.size === 0)
    }).pipe(Effect.scoped, quietly),
  )

  for (const [fault, behaviour] of stalls) {
    it.live(`${fault}: interruption closes the socket`, () =>
      Effect.gen(function* () {
        const server = yield* SocketServer.start(behaviour)
        const users = yield* usersAt(transport, server.baseUrl, policy)
        const fiber = yield* Effect.fork(users.getUser(Script.userId))
        yield* eventually(() => server.requests.length === 1)
        // Long enough for the head to be here, where there is one.
        yield* Effect.sleep("50 millis")
        assert.strictEqual(server.open.size, 1)
        const exit = yield* Fiber.interrupt(fiber)
        assert.isTrue(Exit.isInterrupted(exit))
        yield* eventually(() => server.open.size === 0)
        assert.strictEqual(server.requests.length, 1)
      }).pipe(Effect.scoped, quietly),
    )
  }

  for (const fault of ["stall in the body", "stall in the body, chunked"] as const) {
    it.live(`${fault}: an answer without one does not wait for it, and gives the socket up`, () =>
      Effect.gen(function* () {
        const server = yield* SocketServer.start(SocketServer.behaviours[fault])
        const users = yield* usersAt(transport, server.baseUrl, policy)
        assert.deepInclude(yield* Effect.flip(users.deleteUser(Script.userId)), {
          _tag: "DecodeError",
          outcome: "Unknown",
        })
        assert.strictEqual(server.requests.length, 1)
        yield* eventually(() => server.open.size === 0)
      }).pipe(Effect.scoped, quietly),
    )
  }
})
