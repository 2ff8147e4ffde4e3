/** A deadline holds where nothing can be interrupted: in finalizers, in `acquireRelease`, in the hook of a policy. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import type { OperationName } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as NodeTransport from "../../src/NodeTransport.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type { TileDBError } from "../../src/TileDBError.js"
import type * as Users from "../../src/Users.js"
import * as Script from "../support/retryScript.js"
import * as SocketServer from "../support/socketServer.js"

const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  fetch: FetchHttpClient.layer,
  "node:http": NodeHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  NodeTransport: NodeTransport.layer,
}

/** The ways into a region where nothing is interrupted. */
const regions: Readonly<Record<string, <A, E>(call: Effect.Effect<A, E>) => Effect.Effect<Either.Either<A, E>>>> = {
  uninterruptible: (call) => Effect.uninterruptible(Effect.either(call)),
  "a finalizer": (call) =>
    Effect.suspend(() => {
      let end: Either.Either<Effect.Effect.Success<typeof call>, Effect.Effect.Error<typeof call>> | undefined
      const finalizer = Effect.map(Effect.either(call), (result) => {
        end = result
      })
      return Effect.flatMap(Effect.scoped(Effect.addFinalizer(() => finalizer)), () =>
        end === undefined ? Effect.die("the finalizer has not run") : Effect.succeed(end),
      )
    }),
  acquireRelease: (call) => Effect.scoped(Effect.acquireRelease(Effect.either(call), () => Effect.void)),
}

const hasty = RetryPolicy.make({ attempts: 1, attemptTimeout: "20 seconds", deadline: "400 millis" })

const told = (result: Either.Either<unknown, TileDBError>): string =>
  Either.match(result, {
    onLeft: (error) => `${error._tag} ${"reason" in error ? error.reason : ""} ${error.outcome}`,
    onRight: () => "success",
  })

interface Case {
  readonly name: OperationName
  readonly behaviour: SocketServer.Behaviour
  readonly end: string
}

const cases: Readonly<Record<string, Case>> = {
  "a read without a head": {
    name: "getUser",
    behaviour: SocketServer.behaviours["stall before the head"],
    end: "TransportError Deadline Unknown",
  },
  "a read whose body stalls": {
    name: "getUser",
    behaviour: SocketServer.behaviours["stall in the body, chunked"],
    end: "TransportError Deadline Unknown",
  },
  "a deletion without a head": {
    name: "deleteUser",
    behaviour: SocketServer.behaviours["stall before the head"],
    end: "TransportError Deadline Unknown",
  },
  // It says that it is JSON; a body that does not arrive proves nothing, and is not waited for.
  "a deletion whose body stalls": {
    name: "deleteUser",
    behaviour: SocketServer.behaviours["stall in the body"],
    end: "DecodeError Json Unknown",
  },
}

describe.each(Object.entries(transports))("a deadline over %s", (_, transport) => {
  for (const [what, { behaviour, end, name }] of Object.entries(cases)) {
    it.scopedLive(`of ${what} holds where nothing is interrupted`, () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* SocketServer.start(behaviour)
        const context = yield* Layer.build(transport)
        const users: Users.Service = yield* Effect.provide(
          Effect.flatMap(HttpClient.HttpClient, (client) => Script.make(client, { baseUrl, retryPolicy: hasty })),
          context,
        )
        yield* Effect.forEach(
          Object.entries(regions),
          ([region, within]) =>
            Effect.gen(function* () {
              const began = performance.now()
              const result = yield* within(Script.calls[name](users))
              assert.strictEqual(told(result), end, region)
              // 400 ms and room for a busy machine; without the deadline it is the 20 s of the attempt.
              assert.isBelow(performance.now() - began, 3000, region)
            }),
          { concurrency: "unbounded", discard: true },
        )
      }),
    )
  }
})

describe("a hook that hangs", () => {
  for (const [region, within] of Object.entries(regions)) {
    it.scoped(`is given up at the deadline in ${region}`, () =>
      Effect.gen(function* () {
        const service = Script.scripted(Script.respond(500))
        const users = yield* Script.make(service.client, {
          retryPolicy: RetryPolicy.make({ deadline: "7 seconds", onRetry: () => Effect.never }),
        })
        const ended = yield* Script.toTheEnd(within(users.getUser(Script.userId)))
        assert.strictEqual(ended.took, 7000)
        assert.strictEqual(told(Either.getOrThrow(ended.result)), "ApiError  Unknown")
        assert.strictEqual(service.arrivals.length, 1)
      }),
    )
  }

  it.scoped("and so is one that cannot be interrupted itself", () =>
    Effect.gen(function* () {
      const service = Script.scripted(Script.respond(500))
      const users = yield* Script.make(service.client, {
        retryPolicy: RetryPolicy.make({
          deadline: "7 seconds",
          onRetry: () => Effect.uninterruptible(Effect.sleep("1 hour")),
        }),
      })
      const ended = yield* Script.toTheEnd(users.getUser(Script.userId))
      assert.strictEqual(ended.took, 7000)
    }),
  )
})
