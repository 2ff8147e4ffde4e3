// HTTP/2, which an undici Agent speaks where it is allowed to: NodeTransport over such an Agent, on real connections.
import { readFile } from "node:fs/promises"
import * as Http2 from "node:http2"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../../src/Credentials.js"
import * as NodeTransport from "../../src/NodeTransport.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type * as TileDBClient from "../../src/TileDBClient.js"
import * as Script from "../support/retryScript.js"
import { certificates, listening, portOf, tlsService } from "../support/tlsWorld.js"
import { makeUsers } from "../support/users.js"

/** What becomes of a request; the rest of its body is still to come. */
type Behaviour = (response: Http2.Http2ServerResponse, request: Http2.Http2ServerRequest) => void

const json = { "content-type": "application/json" }

const answered: Behaviour = (response, { method }) => {
  response.writeHead(method === "POST" ? 201 : 200, json)
  response.end(JSON.stringify({ data: Script.user }))
}

const withHalfABody: Behaviour = (response) => {
  response.writeHead(200, json)
  response.write(`{"data":{"id":`)
}

const files = Effect.gen(function* () {
  const { at } = yield* certificates
  const [ca, cert, key] = yield* Effect.promise(() =>
    Promise.all([at("ca.pem"), at("server.pem"), at("server.key")].map((file) => readFile(file, "utf8"))),
  )
  assert(ca !== undefined && cert !== undefined && key !== undefined)
  return { ca, cert, key }
})

/** A service that speaks both protocols and meets request after request as told (the last behaviour stands). */
const service = (...script: readonly [Behaviour, ...ReadonlyArray<Behaviour>]) =>
  Effect.gen(function* () {
    const { ca, cert, key } = yield* files
    const arrived: Array<string> = []
    const sessions = new Set<unknown>()
    const server = Http2.createSecureServer({ allowHTTP1: true, cert, key }, (request, response) => {
      const behave = script[Math.min(arrived.length, script.length - 1)] ?? answered
      arrived.push(`${request.method} HTTP/${request.httpVersion}`)
      sessions.add(request.stream.session)
      behave(response, request)
    })
    const port = portOf(yield* listening(server))
    return { ca, arrived, baseUrl: `https://localhost:${port}/v4`, connections: () => sessions.size }
  })

/** A client with an Agent of its own. */
const usersOf = (
  { baseUrl, ca }: { readonly baseUrl: string; readonly ca: string },
  agent: Undici.Agent.Options = {},
  options: TileDBClient.Options = {},
) =>
  Effect.acquireRelease(
    Effect.sync(() => new Undici.Agent({ allowH2: true, connect: { ca }, ...agent })),
    (agent) => Effect.promise(() => agent.destroy()),
  ).pipe(
    Effect.map(NodeTransport.make),
    Effect.flatMap((client) =>
      Effect.provideService(
        makeUsers({ baseUrl, retryPolicy: RetryPolicy.none, ...options }),
        HttpClient.HttpClient,
        client,
      ),
    ),
  )

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

/** How an Agent has its calls on connections: one at a time on each, as it comes, or all on one. */
const agents: Readonly<Record<string, Undici.Agent.Options>> = {
  "allowH2 alone": {},
  "all calls on one connection": { connections: 1, pipelining: 100 },
}

describe.each(Object.entries(agents))("over HTTP/2, %s", (_, agent) => {
  it.scopedLive("calls are answered, with their bodies and the credential sent", () =>
    Effect.gen(function* () {
      const bodies: Array<unknown> = []
      const recorded: Behaviour = (response, request) => {
        let body = ""
        request.on("data", (chunk) => {
          body += chunk
        })
        request.on("end", () => {
          bodies.push([request.headers["x-tiledb-rest-api-key"], body === "" ? undefined : JSON.parse(body)])
          answered(response, request)
        })
      }
      const known = yield* service(recorded)
      const users = yield* usersOf(known, agent, { credentials: Credentials.apiKey(Redacted.make("tiledb_key")) })
      assert.strictEqual((yield* users.getUser(Script.userId)).id, Script.userId)
      yield* Script.calls.createUser(users)
      yield* Script.calls.updateUser(users)
      assert.deepStrictEqual(bodies, [
        ["tiledb_key", undefined],
        ["tiledb_key", { email: "ada@example.com", username: "ada", password: "correct horse" }],
        ["tiledb_key", { display_name: "Ada L." }],
      ])
      assert.deepStrictEqual(known.arrived, ["GET HTTP/2.0", "POST HTTP/2.0", "PATCH HTTP/2.0"])
      assert.strictEqual(known.connections(), 1)
    }),
  )

  it.scopedLive("an error response is the error that it says", () =>
    Effect.gen(function* () {
      const known = yield* service((response) => {
        response.writeHead(404, json)
        response.end(JSON.stringify({ code: 10401, message: "No such user", request_id: "req_404" }))
      })
      const users = yield* usersOf(known, agent)
      assert.deepInclude(yield* Effect.flip(users.getUser(Script.userId)), {
        _tag: "NotFound",
        outcome: "NotDone",
        requestId: "req_404",
      })
      assert.deepStrictEqual(known.arrived, ["GET HTTP/2.0"])
    }),
  )

  for (const [where, start] of Object.entries<Behaviour>({
    "its head": () => {},
    "the rest of its body": withHalfABody,
  })) {
    it.scopedLive(
      `a call that is interrupted while it waits for ${where} resets its stream; the connection stays`,
      () =>
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const reset = yield* Deferred.make<void>()
          const known = yield* service((response, request) => {
            request.on("aborted", () => Deferred.unsafeDone(reset, Exit.void))
            start(response, request)
            Deferred.unsafeDone(begun, Exit.void)
          }, answered)
          const users = yield* usersOf(known, agent)
          const call = yield* Effect.fork(users.getUser(Script.userId))
          yield* Deferred.await(begun)
          assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(call)))
          yield* Deferred.await(reset)
          yield* users.getUser(Script.userId)
          assert.deepStrictEqual(known.arrived, ["GET HTTP/2.0", "GET HTTP/2.0"])
          assert.strictEqual(known.connections(), 1)
        }),
    )

    it.scopedLive(`an attempt whose time is over while it waits for ${where} resets its stream and is repeated`, () =>
      Effect.gen(function* () {
        const reset = yield* Deferred.make<void>()
        const slow: Behaviour = (response, request) => {
          request.on("aborted", () => Deferred.unsafeDone(reset, Exit.void))
          start(response, request)
        }
        const known = yield* service(answered, slow, answered)
        const retryPolicy = RetryPolicy.make({ attempts: 3, baseDelay: 1, maxDelay: 1, attemptTimeout: "500 millis" })
        const users = yield* usersOf(known, agent, { retryPolicy })
        // The connection is up before the time counts.
        yield* users.getUser(Script.userId)
        yield* users.getUser(Script.userId)
        yield* Deferred.await(reset)
        assert.strictEqual(known.arrived.length, 3)
        assert.strictEqual(known.connections(), 1)
      }).pipe(quietly),
    )
  }

  const breaks: Readonly<Record<string, Behaviour>> = {
    "the connection is closed": (_, { stream }) => stream.session?.destroy(),
    "the server goes away": (_, { stream }) => stream.session?.goaway(),
    "the stream is reset": (_, { stream }) => stream.close(Http2.constants.NGHTTP2_INTERNAL_ERROR),
    "the stream is cancelled": (_, { stream }) => stream.close(Http2.constants.NGHTTP2_CANCEL),
    "the stream is reset in the body": (response, request) => {
      withHalfABody(response, request)
      request.stream.close(Http2.constants.NGHTTP2_INTERNAL_ERROR)
    },
  }
  for (const [fault, behaviour] of Object.entries(breaks)) {
    it.scopedLive(`${fault}: a read is repeated, a user is not created twice`, () =>
      Effect.gen(function* () {
        const known = yield* service(behaviour, answered, behaviour, answered)
        const retryPolicy = RetryPolicy.make({ attempts: 3, baseDelay: 1, maxDelay: 2 })
        const users = yield* usersOf(known, agent, { retryPolicy })
        assert.strictEqual((yield* users.getUser(Script.userId)).id, Script.userId)
        assert.deepInclude(yield* Effect.flip(Script.calls.createUser(users)), {
          _tag: "TransportError",
          reason: "ConnectionLost",
          outcome: "Unknown",
          stopped: "NotRepeatable",
        })
        assert.deepStrictEqual(known.arrived, ["GET HTTP/2.0", "GET HTTP/2.0", "POST HTTP/2.0"])
      }).pipe(quietly),
    )
  }

  it.scopedLive("a body that the server cancels half way is never a success", () =>
    Effect.gen(function* () {
      const known = yield* service((response, request) => {
        withHalfABody(response, request)
        request.stream.close(Http2.constants.NGHTTP2_CANCEL)
      })
      const users = yield* usersOf(known, agent)
      // undici 7.30 takes it for complete; what has come is no JSON.
      assert.deepInclude(yield* Effect.flip(users.getUser(Script.userId)), {
        _tag: "DecodeError",
        reason: "Json",
        outcome: "Unknown",
      })
    }),
  )
})

/** A service that answers nobody before so many requests have arrived. */
const answeringTogether = (count: number) => {
  const waiting: Array<() => void> = []
  return service((response, request) => {
    waiting.push(() => answered(response, request))
    if (waiting.length === count) for (const answer of waiting) answer()
  })
}

it.scopedLive("calls at once share a connection only where the Agent has pipelining", () =>
  Effect.gen(function* () {
    for (const [agent, connections] of [
      [{}, 20],
      [{ connections: 1, pipelining: 100 }, 1],
    ] as const) {
      const known = yield* answeringTogether(20)
      const users = yield* usersOf(known, agent)
      const calls = Array.from({ length: 20 }, () => users.getUser(Script.userId))
      yield* Effect.all(calls, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(known.arrived)], ["GET HTTP/2.0"])
      assert.strictEqual(known.connections(), connections)
    }
  }),
)

it.scopedLive("on one connection a call that writes waits for the reads under way", () =>
  Effect.gen(function* () {
    const held = yield* Deferred.make<() => void>()
    const hold: Behaviour = (response, request) =>
      Deferred.unsafeDone(
        held,
        Exit.succeed(() => answered(response, request)),
      )
    const known = yield* service(hold, answered)
    const users = yield* usersOf(known, { connections: 1, pipelining: 100 })
    const read = yield* Effect.fork(users.getUser(Script.userId))
    const release = yield* Deferred.await(held)
    const write = yield* Effect.fork(Script.calls.createUser(users))
    // A whole round trip by somebody else, after which it would have arrived.
    yield* Effect.flatMap(usersOf(known), (others) => others.getUser(Script.userId))
    assert.deepStrictEqual(known.arrived, ["GET HTTP/2.0", "GET HTTP/2.0"])
    release()
    yield* Fiber.join(read)
    yield* Fiber.join(write)
    assert.deepStrictEqual(known.arrived.slice(2), ["POST HTTP/2.0"])
  }),
)

it.scopedLive("a service without HTTP/2 is spoken to in HTTP/1.1", () =>
  Effect.gen(function* () {
    const { ca, cert, key } = yield* files
    const { arrived, port } = yield* tlsService({ cert, key })
    const users = yield* usersOf({ ca, baseUrl: `https://localhost:${port}/v4` })
    assert.strictEqual((yield* users.getSelfUser).user.id, "usr_9m4e2mr0ui3e8a215n4g")
    assert.strictEqual(arrived.length, 1)
  }),
)
