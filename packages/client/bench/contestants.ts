import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { UserGetResponse, UserId } from "@effect-tiledb/schema"
import { Fixtures, TestUsers } from "@effect-tiledb/testkit"
import axios from "axios"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import createClient from "openapi-fetch"
import * as Undici from "undici"
import * as Credentials from "../src/Credentials.js"
import * as FetchTransport from "../src/FetchTransport.js"
import { Observation } from "../src/internal/telemetry/callTelemetry.js"
import * as Telemetry from "../src/internal/telemetry/metrics.js"
import * as NodeTransport from "../src/NodeTransport.js"
import * as Users from "../src/Users.js"
import { makeUsers } from "../test/support/users.js"
import * as ExportingTracer from "./exportingTracer.js"
import { apiKey, user } from "./user.js"

/** One way to read a user; `run` makes `calls` of them, `inFlight` at a time, `call` makes one. */
export interface Contestant {
  readonly name: string
  readonly call: () => Promise<unknown>
  readonly run: (calls: number, inFlight: number) => Promise<unknown>
}

const headers = { accept: "application/json", "x-tiledb-rest-api-key": apiKey }

const id = UserId.make(user.id)

const ofPromise = (name: string, call: () => Promise<unknown>): Contestant => ({
  name,
  call,
  run: (calls, inFlight) => {
    let left = calls
    const worker = async () => {
      while (left-- > 0) await call()
    }
    return Promise.all(Array.from({ length: inFlight }, worker))
  },
})

const ofEffect = (name: string, call: Effect.Effect<unknown, unknown>): Contestant => ({
  name,
  call: () => Effect.runPromise(call),
  run: (calls, inFlight) => {
    let left = calls
    const worker = Effect.whileLoop({ while: () => left-- > 0, body: () => call, step: () => {} })
    const workers = Array.from({ length: inFlight }, () => worker)
    return Effect.runPromise(Effect.all(workers, { concurrency: "unbounded", discard: true }))
  },
})

interface Paths {
  "/users/{user_id}": {
    get: {
      parameters: { path: { user_id: string } }
      responses: { 200: { content: { "application/json": { data: typeof user } } } }
    }
  }
}

const Api = HttpApi.make("TileDB").add(
  HttpApiGroup.make("users").add(
    HttpApiEndpoint.get("getUser", "/users/:user_id")
      .setPath(Schema.Struct({ user_id: UserId }))
      .addSuccess(UserGetResponse),
  ),
)

type Call = Effect.Effect<unknown, unknown>
type Build = Effect.Effect<Call, unknown, HttpClient.HttpClient | Scope.Scope>

const byHand = (url: string): Build => {
  const read = HttpClientResponse.schemaBodyJson(UserGetResponse)
  return Effect.map(HttpClient.HttpClient, (client) =>
    Effect.suspend(() => Effect.flatMap(client.execute(HttpClientRequest.get(url, { headers })), read)),
  )
}

const httpApi = (baseUrl: string): Build =>
  Effect.map(
    HttpApiClient.make(Api, {
      baseUrl,
      transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-tiledb-rest-api-key", apiKey)),
    }),
    (client) => Effect.suspend(() => client.users.getUser({ path: { user_id: id } })),
  )

const ours = (baseUrl: string): Build =>
  Effect.map(makeUsers({ baseUrl, credentials: Credentials.apiKey(Redacted.make(apiKey)) }), (users) =>
    Effect.suspend(() => users.getUser(id)),
  )

const nothing = () => {}

/** Takes spans and metrics out of the client, for the rest of the process. */
const unobserved = Effect.sync(() => {
  Object.assign(Observation.prototype, {
    begin: nothing,
    end: nothing,
    finish: nothing,
    conclude: nothing,
  })
  for (const gauge of [Telemetry.waiting, Telemetry.inFlight, Telemetry.budgetLeft]) gauge.add = nothing
})

type Make = Effect.Effect<Contestant, unknown, Scope.Scope>

const over = (name: string, transport: Layer.Layer<HttpClient.HttpClient>, build: Build): Make =>
  Effect.flatMap(Layer.build(transport), (context) =>
    Effect.map(Effect.provide(build, context), (call) => ofEffect(name, call)),
  )

/** The testkit's deployment, with the same user in it. */
const inMemory = (name: string): Make =>
  Effect.map(
    Effect.flatMap(
      Layer.build(TestUsers.layer({ users: [Fixtures.user(user.username, { id, image_id: user.image_id })] })),
      (context) => Effect.provide(Users.Users, context),
    ),
    (users) =>
      ofEffect(
        name,
        Effect.suspend(() => users.getUser(id)),
      ),
  )

/** Everybody, each to be made with a transport of its own, against the server at `origin`; the first one is the unit. */
export const make = (origin: string): Readonly<Record<string, Make>> => {
  const baseUrl = `${origin}/v4`
  const url = `${baseUrl}/users/${user.id}`
  const agent = new Undici.Agent()
  const openapi = createClient<Paths>({ baseUrl, headers })
  const promise = (name: string, call: () => Promise<unknown>): Make => Effect.succeed(ofPromise(name, call))
  const openapiFetch = async () =>
    (await openapi.GET("/users/{user_id}", { params: { path: { user_id: user.id } } })).data
  const all: ReadonlyArray<readonly [name: string, make: (name: string) => Make]> = [
    [
      "undici.request + JSON.parse",
      (name) =>
        promise(name, async () => {
          const { body } = await Undici.request(url, { dispatcher: agent, headers })
          return JSON.parse(await body.text())
        }),
    ],
    ["fetch + json()", (name) => promise(name, async () => (await fetch(url, { headers })).json())],
    ["axios", (name) => promise(name, async () => (await axios.get(url, { headers })).data)],
    ["openapi-fetch", (name) => promise(name, openapiFetch)],
    ["HttpClient + Schema, layerUndici", (name) => over(name, NodeHttpClient.layerUndici, byHand(url))],
    ["HttpClient + Schema, fetch", (name) => over(name, FetchHttpClient.layer, byHand(url))],
    ["HttpApiClient, layerUndici", (name) => over(name, NodeHttpClient.layerUndici, httpApi(baseUrl))],
    ["HttpApiClient, fetch", (name) => over(name, FetchHttpClient.layer, httpApi(baseUrl))],
    ["Users.getUser, NodeTransport", (name) => over(name, NodeTransport.layer, ours(baseUrl))],
    [
      "  without spans and metrics",
      (name) => Effect.zipRight(unobserved, over(name, NodeTransport.layer, ours(baseUrl))),
    ],
    [
      "  with an exporting tracer, metrics",
      (name) => over(name, NodeTransport.layer, Effect.map(ours(baseUrl), Effect.withTracer(ExportingTracer.make()))),
    ],
    ["Users.getUser, FetchTransport", (name) => over(name, FetchTransport.layer, ours(baseUrl))],
    ["Users.getUser, TestUsers", inMemory],
    ["Users.getUser, layerUndici", (name) => over(name, NodeHttpClient.layerUndici, ours(baseUrl))],
    ["Users.getUser, fetch", (name) => over(name, FetchHttpClient.layer, ours(baseUrl))],
  ]
  return Object.fromEntries(all.map(([name, make]) => [name, make(name)]))
}
