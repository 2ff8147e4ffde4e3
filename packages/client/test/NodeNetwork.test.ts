import * as Util from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { certificates, environment, plainService, proxy, tlsService } from "./support/tlsWorld.js"
import { usersLayer, usersLayerConfig } from "./support/users.js"

const clients = {
  NodeTransport: NodeTransport.layerWithoutDispatcher,
  undici: NodeNetwork.layerClient(NodeHttpClient.makeUndici),
}

const credentials = Credentials.apiKey(Redacted.make("tiledb_hunter22"))

/** Asks once who one is, over a network. */
const ask = (
  client: (typeof clients)[keyof typeof clients],
  network: NodeNetwork.Options,
  options: TileDBClient.Options,
): Effect.Effect<unknown, unknown> =>
  Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
    Effect.provide(
      usersLayer({ credentials, retryPolicy: RetryPolicy.none, ...options }).pipe(
        Layer.provide(client),
        Layer.provide(NodeNetwork.layer(network)),
        Layer.provide(NodeContext.layer),
      ),
    ),
  )

const world = Effect.gen(function* () {
  const { at, folder } = yield* certificates
  const service = yield* tlsService(yield* files(at("server.pem"), at("server.key")))
  return { at, folder, service, baseUrl: `https://localhost:${service.port}/v4` }
})

const files = (cert: string, key: string, ca?: string) =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const read = (path: string) => fileSystem.readFileString(path)
    return { cert: yield* read(cert), key: yield* read(key), ...(ca === undefined ? {} : { ca: yield* read(ca) }) }
  }).pipe(Effect.provide(NodeContext.layer), Effect.orDie)

/** A port on which nobody listens. */
const free = Effect.scoped(Effect.map(proxy(), ({ port }) => port))

/** An effect, and what it logged. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel.label} ${String(message)}`))
  return Effect.map(Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)), (value) => ({ value, lines }))
}

for (const [name, client] of Object.entries(clients)) {
  describe(`TLS, over ${name}`, () => {
    it.scopedLive("a CA of the company's own is trusted when its file is given, and not before", () =>
      Effect.gen(function* () {
        yield* environment({})
        const { at, baseUrl, service } = yield* world
        const refused = yield* Effect.flip(ask(client, {}, { baseUrl }))
        assert.deepInclude(refused, { _tag: "TransportError", reason: "ConnectionFailed", outcome: "NotSent" })
        assert.deepStrictEqual(service.arrived, [])
        yield* ask(client, { caFile: at("ca.pem") }, { baseUrl })
        assert.deepStrictEqual(service.arrived, [{ key: "tiledb_hunter22", clientName: undefined }])
      }),
    )

    it.scopedLive("certificates that are not verified log a warning", () =>
      Effect.gen(function* () {
        yield* environment({})
        const { baseUrl, service } = yield* world
        const { lines } = yield* logged(ask(client, { verifySsl: false }, { baseUrl }))
        assert.strictEqual(service.arrived.length, 1)
        assert.strictEqual(lines.length, 1)
        assert.match(lines[0] ?? "", /^WARN Certificates are NOT verified \(in code\)/)
        assert.deepStrictEqual((yield* logged(Effect.either(ask(client, {}, { baseUrl })))).lines, [])
      }),
    )

    it.scopedLive("a client certificate is shown, its key under a passphrase too", () =>
      Effect.gen(function* () {
        yield* environment({})
        const { at } = yield* world
        const service = yield* tlsService(yield* files(at("server.pem"), at("server.key"), at("ca.pem")))
        const baseUrl = `https://127.0.0.1:${service.port}/v4`
        const network = { caFile: at("ca.pem"), certFile: at("client.pem") }
        yield* ask(client, { ...network, keyFile: at("client.key") }, { baseUrl })
        const passphrase = Redacted.make("hunter22")
        yield* ask(client, { ...network, keyFile: at("locked.key"), passphrase }, { baseUrl })
        assert.deepStrictEqual(
          service.arrived.map(({ clientName }) => clientName),
          ["client", "client"],
        )
        yield* Effect.flip(ask(client, { caFile: at("ca.pem") }, { baseUrl }))
        assert.strictEqual(service.arrived.length, 2)
      }),
    )
  })

  describe(`proxies, over ${name}`, () => {
    it.scopedLive("HTTPS_PROXY makes a tunnel in which the proxy sees no credential", () =>
      Effect.gen(function* () {
        const { at, baseUrl, service } = yield* world
        for (const variable of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"]) {
          const between = yield* proxy()
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* environment({ [variable]: `http://ada:hunter33@127.0.0.1:${between.port}` })
              yield* ask(client, { caFile: at("ca.pem") }, { baseUrl })
            }),
          )
          assert.strictEqual(between.connects.length, 1, variable)
          assert.include(between.connects[0], `localhost:${service.port}`)
          // The proxy's own password is the proxy's to see.
          assert.include(between.connects[0], Buffer.from("ada:hunter33").toString("base64"))
          assert.notMatch(between.seen(), /tiledb_hunter22|rest-api-key|users\/self/i)
        }
        assert.strictEqual(service.arrived.length, 3)
      }),
    )

    it.scopedLive("NO_PROXY goes past it", () =>
      Effect.gen(function* () {
        const { at, baseUrl, service } = yield* world
        const between = yield* proxy()
        yield* environment({ HTTPS_PROXY: `http://127.0.0.1:${between.port}`, NO_PROXY: "localhost" })
        yield* ask(client, { caFile: at("ca.pem") }, { baseUrl })
        assert.deepStrictEqual([service.arrived.length, between.connects.length], [1, 0])
      }),
    )

    it.scopedLive("NO_PROXY takes a host, an address in either spelling, and networks", () =>
      Effect.gen(function* () {
        const service = yield* plainService
        const between = yield* proxy()
        const nobody = yield* free
        const errorOf = (host: string, noProxy: string) =>
          Effect.scoped(
            Effect.gen(function* () {
              yield* environment({ HTTP_PROXY: `http://127.0.0.1:${between.port}`, NO_PROXY: noProxy })
              const port = host.startsWith("[") ? nobody : service.port
              const result = yield* Effect.either(ask(client, {}, { baseUrl: `http://${host}:${port}/v4` }))
              return result._tag === "Left" ? String(result.left) : ""
            }),
          )
        for (const noProxy of [
          "127.0.0.1",
          "127.0.0.0/8",
          "x, 10.0.0.0/8 127.0.0.1/32",
          "0.0.0.0/0",
          "127.0.0.1,::1",
        ]) {
          assert.strictEqual(yield* errorOf("127.0.0.1", noProxy), "", noProxy)
        }
        // There is nobody, and so the connection that was tried was straight.
        for (const noProxy of ["[::1]", "::1", "::/64", "localhost,127.0.0.1,::1"]) {
          assert.notInclude(yield* errorOf("[::1]", noProxy), "PLAIN_HTTP_PROXY", noProxy)
        }
        for (const noProxy of [
          "10.0.0.0/8",
          "127.0.0.0/33",
          "127.0.0.0/",
          "127.0.0.0/-1",
          "127.0.0.0/8/8x",
          "fd00::/8",
        ]) {
          assert.include(yield* errorOf("127.0.0.1", noProxy), "PLAIN_HTTP_PROXY", noProxy)
        }
        assert.strictEqual(between.seen(), "")
      }),
    )

    it.scopedLive("proxies: false goes past it too", () =>
      Effect.gen(function* () {
        const { at, baseUrl, service } = yield* world
        const between = yield* proxy()
        yield* environment({ HTTPS_PROXY: `http://127.0.0.1:${between.port}` })
        yield* ask(client, { caFile: at("ca.pem"), proxies: false }, { baseUrl })
        assert.deepStrictEqual([service.arrived.length, between.connects.length], [1, 0])
      }),
    )

    it.scopedLive("plain http through a proxy is refused before anything is sent; NO_PROXY lets it go straight", () =>
      Effect.gen(function* () {
        const service = yield* plainService
        const between = yield* proxy()
        const baseUrl = `http://127.0.0.1:${service.port}/v4`
        yield* environment({ HTTP_PROXY: `http://127.0.0.1:${between.port}` })
        const error = yield* Effect.flip(ask(client, {}, { baseUrl }))
        assert.deepInclude(error, { _tag: "TransportError", outcome: "NotSent", detail: "PLAIN_HTTP_PROXY" })
        assert.deepStrictEqual([between.seen(), service.arrived], ["", []])
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* environment({ HTTP_PROXY: `http://127.0.0.1:${between.port}`, NO_PROXY: "127.0.0.1" })
            yield* ask(client, {}, { baseUrl })
          }),
        )
        assert.deepStrictEqual([between.seen(), service.arrived.length], ["", 1])
      }),
    )

    it.scopedLive("a proxy that makes no tunnel has sent nothing", () =>
      Effect.gen(function* () {
        const { at, baseUrl } = yield* world
        for (const refuses of [403, 407, 502, "CLOSED"] as const) {
          const between = yield* proxy({ refuses })
          const error = yield* Effect.scoped(
            Effect.gen(function* () {
              yield* environment({ HTTPS_PROXY: `http://127.0.0.1:${between.port}` })
              return yield* Effect.flip(ask(client, { caFile: at("ca.pem") }, { baseUrl }))
            }),
          )
          assert.deepInclude(error, { _tag: "TransportError", outcome: "NotSent", detail: `PROXY_${refuses}` })
          assert.strictEqual(between.connects.length, 1)
        }
      }),
    )

    it.scopedLive("a proxy that is not there is what is wrong, not the service's host", () =>
      Effect.gen(function* () {
        const { at, baseUrl, service } = yield* world
        const { port } = yield* Effect.scoped(proxy())
        for (const [url, detail] of [
          [`http://127.0.0.1:${port}`, /\(PROXY_ECONNREFUSED\)/],
          ["http://proxy.invalid:3128", /\(PROXY_(ENOTFOUND|EAI_AGAIN)\)/],
        ] as const) {
          const error = yield* Effect.scoped(
            Effect.gen(function* () {
              yield* environment({ HTTPS_PROXY: url })
              return yield* Effect.flip(ask(client, { caFile: at("ca.pem") }, { baseUrl }))
            }),
          )
          assert.deepInclude(error, { _tag: "TransportError", outcome: "NotSent" })
          assert.match(String(error), detail)
          assert.match(String(error), /the proxy does not respond: check HTTPS_PROXY/)
        }
        assert.deepStrictEqual(service.arrived, [])
      }),
    )

    it.scopedLive("the service's certificate is verified through the tunnel", () =>
      Effect.gen(function* () {
        const { baseUrl, service } = yield* world
        const between = yield* proxy()
        yield* environment({ HTTPS_PROXY: `http://127.0.0.1:${between.port}` })
        const error = yield* Effect.flip(ask(client, {}, { baseUrl }))
        assert.deepInclude(error, { _tag: "TransportError", outcome: "NotSent" })
        assert.deepStrictEqual(service.arrived, [])
      }),
    )
  })
}

describe("what cannot be used ends the Layer", () => {
  const build = (network: NodeNetwork.Options) =>
    Effect.scoped(Layer.build(NodeNetwork.layer(network).pipe(Layer.provide(NodeContext.layer))))

  it.scopedLive("naming the file's option, and nothing that is in it", () =>
    Effect.gen(function* () {
      yield* environment({})
      const { at, folder } = yield* world
      const fileSystem = yield* FileSystem.FileSystem
      yield* fileSystem.writeFileString(at("empty.pem"), "")
      yield* fileSystem.writeFileString(at("text.pem"), "hunter22")
      yield* fileSystem.writeFileString(
        at("bad.pem"),
        "-----BEGIN CERTIFICATE-----\nhunter22\n-----END CERTIFICATE-----\n",
      )
      const fromVariable = yield* Effect.withConfigProvider(
        TileDBConfig.tls,
        ConfigProvider.fromMap(new Map([["TILEDB_SSL_CA_FILE", at("none.pem")]])),
      )
      const wrong: ReadonlyArray<readonly [NodeNetwork.Options, RegExp]> = [
        [{ caFile: at("none.pem") }, /caFile.*NotFound/],
        [{ caFile: folder }, /caFile.*BadResource/],
        [{ caFile: at("empty.pem") }, /caFile.*PEM/],
        [{ caFile: at("text.pem") }, /caFile.*PEM/],
        [{ caFile: at("bad.pem") }, /caFile.*OpenSSL/],
        [{ caFile: at("ca.key") }, /caFile.*PEM/],
        [{ certFile: at("client.pem") }, /keyFile.*go together|certFile.*go together/],
        [{ certFile: at("client.pem"), keyFile: at("server.key") }, /keyFile.*OpenSSL/],
        [{ certFile: at("client.pem"), keyFile: at("locked.key") }, /OpenSSL/],
        [
          { certFile: at("client.pem"), keyFile: at("locked.key"), passphrase: Redacted.make("hunter44") },
          /passphrase/,
        ],
        [{ ...fromVariable, proxies: false }, /TILEDB_SSL_CA_FILE.*NotFound/],
      ]
      for (const [network, expected] of wrong) {
        const error = yield* Effect.flip(build(network))
        assert.isTrue(ConfigError.isConfigError(error))
        assert.match(String(error), expected)
        assert.notMatch(Util.inspect(error, { depth: null }), /hunter/)
      }
    }).pipe(Effect.provide(NodeContext.layer)),
  )

  it.scopedLive("a proxy that is no URL, without its password", () =>
    Effect.gen(function* () {
      for (const url of [
        "proxy:3128",
        "http://ada:hunter22@proxy:port",
        "ada:hunter22@proxy",
        "ftp://ada:hunter22@proxy",
      ]) {
        const error = yield* Effect.scoped(
          Effect.gen(function* () {
            yield* environment({ HTTPS_PROXY: url })
            return yield* Effect.flip(build({}))
          }),
        )
        assert.match(String(error), /HTTPS_PROXY.*URL of a proxy/)
        assert.notMatch(Util.inspect(error, { depth: null, showHidden: true }), /hunter/)
      }
    }),
  )

  it.scopedLive("the dispatcher shows neither the proxy's password nor the client's key when it is printed", () =>
    Effect.gen(function* () {
      const { at } = yield* world
      yield* environment({ HTTPS_PROXY: "http://ada:hunter33@127.0.0.1:9" })
      const dispatcher = yield* NodeNetwork.make({
        certFile: at("client.pem"),
        keyFile: at("locked.key"),
        passphrase: Redacted.make("hunter22"),
      })
      const printed = Util.inspect(Context.make(NodeHttpClient.Dispatcher, dispatcher), {
        depth: null,
        showHidden: true,
      })
      assert.notMatch(printed, /hunter|PRIVATE KEY|YWRhOmh1bnRlcjMz/)
    }).pipe(Effect.provide(NodeContext.layer)),
  )
})

describe("TLS settings from the configuration", () => {
  const variables = (more: Record<string, string>) =>
    Layer.setConfigProvider(
      ConfigProvider.fromMap(new Map(Object.entries({ TILEDB_REST_TOKEN: "tiledb_hunter22", ...more })), {
        pathDelim: "_",
      }),
    )
  const build = <A, E>(layer: Layer.Layer<A, E>, more: Record<string, string>) =>
    Effect.scoped(Layer.build(Layer.provide(layer, variables(more))))

  for (const [name, client] of Object.entries(clients)) {
    it.scopedLive(`are honoured over ${name}, however it is wrapped and wherever the Layers are put together`, () =>
      Effect.gen(function* () {
        yield* environment({})
        const { at, service } = yield* world
        const set = { TILEDB_SSL_CA_FILE: at("ca.pem"), TILEDB_REST_HOST: `https://localhost:${service.port}` }
        const network = NodeNetwork.layerConfig().pipe(Layer.provide(NodeContext.layer))
        const transformClient = HttpClient.mapRequest((request) => request)
        const layers = [
          usersLayerConfig().pipe(Layer.provide(client), Layer.provide(network)),
          usersLayerConfig().pipe(Layer.provide(client.pipe(Layer.provide(network)))),
          usersLayerConfig({ transformClient }).pipe(Layer.provideMerge(client), Layer.provideMerge(network)),
          Layer.mergeAll(usersLayerConfig().pipe(Layer.provide(client), Layer.provide(network)), NodeContext.layer),
        ]
        for (const layer of layers) {
          yield* Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
            Effect.provide(Layer.provide(layer, variables(set))),
          )
        }
        assert.strictEqual(service.arrived.length, layers.length)
      }),
    )
  }

  it.scopedLive("are an error elsewhere that says where they come from and what to do", () =>
    Effect.gen(function* () {
      const others: ReadonlyArray<Layer.Layer<HttpClient.HttpClient>> = [
        FetchHttpClient.layer,
        NodeHttpClient.layer,
        NodeHttpClient.layerUndici,
        NodeTransport.layer,
      ]
      for (const client of others) {
        for (const set of [{ TILEDB_SSL_CA_FILE: "/ca.pem" }, { TILEDB_REST_IGNORE_SSL_VALIDATION: "true" }]) {
          const error = yield* Effect.flip(build(usersLayerConfig().pipe(Layer.provide(client)), set))
          assert.isTrue(ConfigError.isConfigError(error))
          assert.include(String(error), Object.keys(set).join())
          assert.include(String(error), "NodeNetwork")
        }
        yield* build(usersLayerConfig().pipe(Layer.provide(client)), { TILEDB_REST_IGNORE_SSL_VALIDATION: "false" })
      }
    }),
  )

  it.scopedLive("come from cloud.json too, and need no credential by themselves", () =>
    Effect.gen(function* () {
      yield* environment({})
      const { at, folder, service } = yield* world
      const fileSystem = yield* FileSystem.FileSystem
      const host = `https://localhost:${service.port}`
      yield* fileSystem.writeFileString(at("cloud.json"), JSON.stringify({ ca_file: at("ca.pem"), host }))
      const sources = TileDBConfig.withFiles({ directory: folder, credentials })
      const layer = usersLayerConfig(sources).pipe(
        Layer.provide(NodeTransport.layerWithoutDispatcher),
        Layer.provide(NodeNetwork.layerConfig(sources)),
        Layer.provide(NodeContext.layer),
      )
      yield* Effect.provide(
        Effect.flatMap(Users.Users, (users) => users.getSelfUser),
        layer,
      )
      assert.strictEqual(service.arrived.length, 1)
    }).pipe(Effect.provide(NodeContext.layer)),
  )
})
