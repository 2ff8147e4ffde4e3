/** A console, a captive portal, a proxy: somebody answers, and it is not the service. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { type OperationName, Operations } from "@effect-tiledb/schema"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as FetchTransport from "../../src/FetchTransport.js"
import * as NodeTransport from "../../src/NodeTransport.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import type * as TileDBClient from "../../src/TileDBClient.js"
import type { TileDBError } from "../../src/TileDBError.js"
import * as Users from "../../src/Users.js"
import { type Answer, recordingServer } from "../support/recordingServer.js"
import * as Script from "../support/retryScript.js"
import { usersLayer, usersLayerFetch } from "../support/users.js"

const over = (transport: Layer.Layer<HttpClient.HttpClient>) => (options: TileDBClient.Options) =>
  Layer.provide(usersLayer(options), transport)

const transports: Readonly<Record<string, (options: TileDBClient.Options) => Layer.Layer<Users.Users, ConfigError>>> = {
  fetch: over(FetchHttpClient.layer),
  "node:http": over(NodeHttpClient.layer),
  undici: over(NodeHttpClient.layerUndici),
  NodeTransport: over(NodeTransport.layer),
  FetchTransport: over(FetchTransport.layer),
  layerFetch: usersLayerFetch,
}

const page = "<!doctype html><title>Sign in to Example Corp</title>"

const answers = {
  "200 html": { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: page },
  "200 text": { status: 200, headers: { "content-type": "text/plain" }, body: "It works!" },
  "200 empty": { status: 200 },
  "200 JSON of something else": {
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"page":"Sign in to Example Corp"}',
  },
  "204": { status: 204 },
  "202 JSON": { status: 202, headers: { "content-type": "application/json" }, body: '{"accepted":true}' },
  "302 to a login page": { status: 302, headers: { location: "https://login.example.com/?next=/v4" } },
} satisfies Record<string, Answer>

type Kind = keyof typeof answers

/** What comes of it: of an operation with nothing in its answer, of a read, and of a registration. */
const expected: Readonly<Record<Kind, readonly [nothing: string, read: string, create: string]>> = {
  "200 html": ["DecodeError Json Unknown", "DecodeError Json Unknown", "DecodeError Json Unknown"],
  "200 text": ["DecodeError Json Unknown", "DecodeError Json Unknown", "DecodeError Json Unknown"],
  "200 empty": ["success", "DecodeError Json Unknown", "DecodeError Json Unknown"],
  "200 JSON of something else": [
    "DecodeError Schema Unknown",
    "DecodeError Schema Unknown",
    "DecodeError Schema Unknown",
  ],
  "204": ["success", "DecodeError Json Unknown", "DecodeError Json Unknown"],
  "202 JSON": ["DecodeError Schema Unknown", "DecodeError Schema Unknown", "DecodeError Schema Unknown"],
  "302 to a login page": [
    "TransportError RedirectRefused Unknown",
    "TransportError RedirectRefused NotSent",
    "TransportError RedirectRefused Unknown",
  ],
}

const column = (name: OperationName) => (Operations[name].success === null ? 0 : name === "createUser" ? 2 : 1)

const told = (result: Either.Either<unknown, TileDBError>): string => {
  if (Either.isRight(result)) return "success"
  const error = result.left
  return [error._tag, "reason" in error ? error.reason : "", error.outcome].join(" ")
}

describe.each(Object.entries(transports))("a wrong host over %s", (_, transport) => {
  for (const kind of Object.keys(answers) as ReadonlyArray<Kind>) {
    it.scopedLive(`that answers everything with ${kind}`, () =>
      Effect.gen(function* () {
        const { origin, requests } = yield* recordingServer(() => answers[kind])
        const users = Context.get(
          yield* Layer.build(transport({ baseUrl: `${origin}/v4`, retryPolicy: RetryPolicy.standard })),
          Users.Users,
        )
        for (const name of Script.names) {
          requests.length = 0
          const result = yield* Effect.either(Script.calls[name](users))
          assert.strictEqual(told(result), expected[kind][column(name)], name)
          assert.strictEqual(requests.length, 1, `${name} is not repeated`)
          if (Either.isRight(result)) continue
          const { message } = result.left
          assert.include(message, origin.replace("http://", ""), name)
          assert.notMatch(JSON.stringify(result.left) + message, /doctype|Sign in|It works|accepted/, name)
          if (kind === "200 html") {
            assert.include(message, ": is this the console, or a proxy's page?", name)
          }
          if (kind === "302 to a login page") {
            assert.include(message, "leads to another origin; ", name)
            assert.include(message, "access proxy's sign-in page", name)
            assert.notInclude(message, "allowedOrigins", name)
          }
        }
      }),
    )
  }
})

describe("an answer of an operation that has nothing in it", () => {
  const one = (answer: Script.Answer) =>
    Effect.flatMap(Script.make(Script.scripted(answer).client, { retryPolicy: RetryPolicy.none }), (users) =>
      Effect.map(Script.toTheEnd(users.deleteUser(Script.userId)), ({ result }) => told(result)),
    )
  const html = { "content-type": "text/html" }
  const json = { "content-type": "application/json" }
  const cases: ReadonlyArray<readonly [string, Script.Answer, string]> = [
    ["the envelope", Script.respond(200, '{"data":{}}'), "success"],
    ["the envelope that says it is HTML", Script.respond(200, '{"data":{}}', html), "DecodeError Schema Unknown"],
    ["an empty page", Script.respond(200, "", html), "DecodeError Json Unknown"],
    ["an empty body of JSON", Script.respond(200, null, json), "success"],
    ["JSON that is no object", Script.respond(200, '"ok"', json), "DecodeError Json Unknown"],
    ["white space", Script.respond(202, " \n", json), "success"],
    ["an error", Script.respond(200, '{"error":"not yours"}', json), "DecodeError Schema Unknown"],
    [
      "the service's own Error",
      Script.respond(200, '{"code":1,"message":"no","request_id":"r"}', json),
      "DecodeError Schema Unknown",
    ],
    ["HTML that says it is JSON", Script.respond(200, page, json), "DecodeError Json Unknown"],
    ["JSON that does not come to its end", Script.stalled, "DecodeError Json Unknown"],
    ["a page that does not come to its end", Script.partly("stalled", html), "DecodeError Json Unknown"],
    ["a page that breaks off", Script.partly("broken", html), "DecodeError Json Unknown"],
    [
      "problem details",
      Script.respond(200, "{}", { "content-type": "application/problem+json" }),
      "DecodeError Schema Unknown",
    ],
  ]
  for (const [what, answer, expected] of cases) {
    it.scoped(`${what}: ${expected}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* one(answer), expected)
      }),
    )
  }
})
