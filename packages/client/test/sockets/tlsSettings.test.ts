// A company's authority is pinned, and the server has a certificate of another that the platform trusts: whoever composes the
// Layers, the settings are honoured, so that the certificate is refused, or they are refused when the Layer is built. The key goes to
// nobody.
import { readFileSync } from "node:fs"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { certificates, environment, tlsService } from "../support/tlsWorld.js"

type Becomes = "honoured" | "refused"

type Transport = Layer.Layer<HttpClient.HttpClient, ConfigError.ConfigError, NodeContext.NodeContext>

const lean = NodeTransport.layerWithoutDispatcher
const network = NodeNetwork.layerConfig()
const wrapped = (client: HttpClient.HttpClient) => HttpClient.mapRequest(client, (request) => request)

const transports: Record<string, readonly [Transport, Becomes]> = {
  "NodeTransport.layerWithoutDispatcher over NodeNetwork.layerConfig": [Layer.provide(lean, network), "honoured"],
  "the same over NodeNetwork.layer with the same settings": [
    Layer.provide(lean, Layer.unwrapEffect(Effect.map(TileDBConfig.tls, NodeNetwork.layer))),
    "honoured",
  ],
  "NodeTransport.make over NodeNetwork.make": [
    Layer.scoped(
      HttpClient.HttpClient,
      Effect.map(Effect.flatMap(TileDBConfig.tls, NodeNetwork.make), NodeTransport.make),
    ),
    "honoured",
  ],
  "NodeNetwork.layerClient of the platform's undici": [
    Layer.provide(NodeNetwork.layerClient(NodeHttpClient.makeUndici), network),
    "honoured",
  ],
  "NodeNetwork.layerClient of a wrapped NodeTransport": [
    Layer.provide(
      NodeNetwork.layerClient((dispatcher) => wrapped(NodeTransport.make(dispatcher))),
      network,
    ),
    "honoured",
  ],
  "NodeTransport over NodeNetwork.layer without settings": [Layer.provide(lean, NodeNetwork.layer()), "refused"],
  "NodeNetwork.layerClient over NodeNetwork.layer without settings": [
    Layer.provide(NodeNetwork.layerClient(NodeHttpClient.makeUndici), NodeNetwork.layer()),
    "refused",
  ],
  "NodeTransport.layer": [NodeTransport.layer, "refused"],
  "NodeTransport.layer over NodeNetwork": [Layer.provide(NodeTransport.layer, network), "refused"],
  "NodeTransport over a dispatcher of one's own": [
    Layer.provide(lean, Layer.provide(NodeHttpClient.dispatcherLayer, network)),
    "refused",
  ],
  "NodeTransport over a composed dispatcher of NodeNetwork": [
    Layer.scoped(
      HttpClient.HttpClient,
      Effect.map(Effect.flatMap(TileDBConfig.tls, NodeNetwork.make), (dispatcher) =>
        NodeTransport.make(dispatcher.compose(Undici.interceptors.dump())),
      ),
    ),
    "refused",
  ],
  "FetchTransport over NodeNetwork": [Layer.provide(FetchTransport.layer, network), "refused"],
  "FetchHttpClient over NodeNetwork": [Layer.provide(FetchHttpClient.layer, network), "refused"],
  "node:http over NodeNetwork": [Layer.provide(NodeHttpClient.layer, network), "refused"],
  "layerUndici over NodeNetwork": [Layer.provide(NodeHttpClient.layerUndici, network), "refused"],
  "layerUndiciWithoutDispatcher over NodeNetwork": [
    Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher, network),
    "refused",
  ],
}

type Client = Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError, HttpClient.HttpClient>

const retryPolicy = RetryPolicy.none

const clients: Record<string, Client> = {
  "TileDBClient.layerConfig": TileDBClient.layerConfig({ retryPolicy }),
  "TileDBClient.layerConfig of TileDBConfig": TileDBClient.layerConfig(
    Effect.map(TileDBConfig.config, (config) => ({ ...config, retryPolicy })),
  ),
  "TileDBClient.layer of TileDBConfig": Layer.unwrapEffect(
    Effect.map(TileDBConfig.config, (config) => TileDBClient.layer({ ...config, retryPolicy })),
  ),
  "TileDBClient.make of TileDBConfig": Layer.scoped(
    TileDBClient.TileDBClient,
    Effect.flatMap(TileDBConfig.config, (config) => TileDBClient.make({ ...config, retryPolicy })),
  ),
  "TileDBClient.layer with transformClient": Layer.unwrapEffect(
    Effect.map(TileDBConfig.config, (config) =>
      TileDBClient.layer({ ...config, retryPolicy, transformClient: wrapped }),
    ),
  ),
}

const pair = (at: (name: string) => string) => ({
  cert: readFileSync(at("server.pem"), "utf8"),
  key: readFileSync(at("server.key"), "utf8"),
})

/** The authority of a company with a service of its own, and an impostor with a certificate of another authority. */
const world = Effect.gen(function* () {
  yield* environment({})
  const { at } = yield* certificates
  const impostor = yield* tlsService(pair((yield* certificates).at))
  const service = yield* tlsService(pair(at))
  return { caFile: at("ca.pem"), impostor, service }
})

const call = (client: Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError>, set: Record<string, string>) =>
  Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
    Effect.provide(Layer.provide(Users.layer, client)),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(set)))),
    Logger.withMinimumLogLevel(LogLevel.None),
    Effect.either,
  )

describe("each way to compose × setting: honoured or refused, nothing else", () => {
  for (const [how, client] of Object.entries(clients)) {
    it.scopedLive(
      how,
      () =>
        Effect.gen(function* () {
          const { caFile, impostor, service } = yield* world
          const at = ({ port }: { readonly port: number }) => ({
            TILEDB_REST_HOST: `https://localhost:${port}`,
            TILEDB_REST_TOKEN: "tiledb_hunter22",
          })
          const ca = { TILEDB_SSL_CA_FILE: caFile }
          const unverified = { TILEDB_REST_IGNORE_SSL_VALIDATION: "true" }
          for (const [over, [transport, becomes]] of Object.entries(transports)) {
            const layer = client.pipe(Layer.provide(transport), Layer.provide(NodeContext.layer))
            // An impostor is refused, by the handshake or before.
            const pinned = yield* call(layer, { ...at(impostor), ...ca })
            assert.deepStrictEqual(impostor.arrived, [], over)
            assert(Either.isLeft(pinned), over)
            assert.strictEqual(ConfigError.isConfigError(pinned.left), becomes === "refused", `${over}: ${pinned.left}`)
            for (const [set, named] of [
              [ca, /TILEDB_SSL_CA_FILE.*NodeNetwork/],
              [unverified, /TILEDB_REST_IGNORE_SSL_VALIDATION.*NodeNetwork/],
              [{ ...ca, ...unverified }, /TILEDB_REST_IGNORE_SSL_VALIDATION.*NodeNetwork/],
            ] as const) {
              const asked = yield* call(layer, { ...at(service), ...set })
              assert.strictEqual(Either.isRight(asked), becomes === "honoured", `${over}: ${asked}`)
              if (Either.isLeft(asked)) assert.match(String(asked.left), named, over)
            }
            // Without a setting nothing is refused but the certificate.
            const none = yield* call(layer, at(impostor))
            assert(Either.isLeft(none) && !ConfigError.isConfigError(none.left), `${over}: ${none}`)
          }
        }),
      30_000,
    )
  }

  it.scopedLive("a network that verifies nothing, in code: refused where the configuration asks for more", () =>
    Effect.gen(function* () {
      const { caFile, impostor } = yield* world
      const open = Layer.provide(lean, NodeNetwork.layer({ caFile, verifySsl: false }))
      const layer = TileDBClient.layerConfig().pipe(Layer.provide(open), Layer.provide(NodeContext.layer))
      const at = { TILEDB_REST_HOST: `https://localhost:${impostor.port}`, TILEDB_REST_TOKEN: "tiledb_hunter22" }
      for (const set of [{ TILEDB_SSL_CA_FILE: caFile }, { TILEDB_REST_IGNORE_SSL_VALIDATION: "false" }]) {
        const asked = yield* call(layer, { ...at, ...set })
        assert(Either.isLeft(asked) && ConfigError.isConfigError(asked.left), String(asked))
      }
      assert.deepStrictEqual(impostor.arrived, [])
      // The configuration says nothing of it, and the code does.
      assert(Either.isRight(yield* call(layer, at)))
    }),
  )

  it.scopedLive("a configuration passed to layerFetch: refused", () =>
    Effect.gen(function* () {
      const layer = Layer.unwrapEffect(Effect.map(TileDBConfig.config, TileDBClient.layerFetch))
      const asked = yield* call(layer, { TILEDB_REST_TOKEN: "tiledb_hunter22", TILEDB_SSL_CA_FILE: "/ca.pem" })
      assert.match(String(asked), /TILEDB_SSL_CA_FILE.*is not supported/)
    }),
  )
})
