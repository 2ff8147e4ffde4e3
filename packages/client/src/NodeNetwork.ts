/**
 * TLS and proxies on Node: the undici dispatcher for `NodeTransport.layerWithoutDispatcher` and for
 * `layerClient(NodeHttpClient.makeUndici)`.
 *
 * Proxies use undici's own `EnvHttpProxyAgent`, with `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, from
 * the process. A request through a proxy is encrypted to the service. A plain `http://` request through a proxy is
 * refused, since the proxy could read the credential.
 *
 * @example
 * import { NodeContext } from "@effect/platform-node"
 * import { TileDBClient, TileDBConfig } from "@effect-tiledb/client"
 * import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
 * import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
 * import { Layer } from "effect"
 *
 * const ClientLive = TileDBClient.layerConfig(TileDBConfig.withFiles()).pipe(
 *   Layer.provide(NodeTransport.layerWithoutDispatcher),
 *   Layer.provide(NodeNetwork.layerConfig(TileDBConfig.withFiles())),
 *   Layer.provide(NodeContext.layer),
 * )
 *
 * @since 0.1.0
 */
import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { FileSystem } from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Dispatcher } from "@effect/platform-node/Undici"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { sourcesOf } from "./internal/config/source.js"
import * as Tls from "./internal/config/tls.js"
import { checkUndici, makeDispatcher } from "./internal/http/node/dispatcher.js"
import { invalid, invalidData } from "./internal/runtime/configError.js"
import * as TileDBConfig from "./TileDBConfig.js"

/**
 * How connections are made; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A PEM file with the trusted certificate authorities, instead of Node's own. */
  readonly caFile?: string | undefined
  /** A PEM file with the client's certificate; `keyFile` belongs to it. */
  readonly certFile?: string | undefined
  /** A PEM file with the key of the client's certificate. */
  readonly keyFile?: string | undefined
  /** The passphrase that the client's key is encrypted with. */
  readonly passphrase?: Redacted.Redacted<string> | undefined
  /** Whether certificates are verified. Default true; false logs a warning. */
  readonly verifySsl?: boolean | undefined
  /** Whether the proxies of the environment are used. Default true. */
  readonly proxies?: boolean | undefined
}

const readPem = (options: Options, field: "caFile" | "certFile" | "keyFile", label: RegExp) =>
  Effect.gen(function* () {
    const file = options[field]
    if (file === undefined) return undefined
    const path = (field === "caFile" ? sourcesOf(options).tls.path : undefined) ?? [field]
    const text = yield* Effect.flatMap(FileSystem, (_) => _.readFileString(file)).pipe(
      Effect.map((text) => Redacted.make(text)),
      Effect.catchAll((error) =>
        invalid(path, `The file cannot be read (${error._tag === "SystemError" ? error.reason : "BadArgument"})`),
      ),
    )
    return label.test(Redacted.value(text))
      ? text
      : yield* invalid(path, `Expected a file in PEM, with ${field === "keyFile" ? "a private key" : "certificates"}`)
  })

const certificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/
const certificates = /-----BEGIN ([A-Z ]*CERTIFICATE)-----[^-]*-----END \1-----/g
const privateKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

const textIn = (secret: Redacted.Redacted<string> | undefined): string | undefined => secret && Redacted.value(secret)

const secureContext = (options: Options) =>
  Effect.gen(function* () {
    const ca = yield* readPem(options, "caFile", certificate)
    const cert = yield* readPem(options, "certFile", certificate)
    const key = yield* readPem(options, "keyFile", privateKey)
    if ((cert === undefined) !== (key === undefined)) {
      return yield* invalid([cert === undefined ? "certFile" : "keyFile"], "A certificate and its key go together")
    }
    if (ca === undefined && cert === undefined) return undefined
    return yield* Effect.try({
      try: () => {
        // OpenSSL ignores an authority that it cannot read.
        for (const [pem] of textIn(ca)?.matchAll(certificates) ?? []) new X509Certificate(pem)
        return createSecureContext({
          ca: textIn(ca),
          cert: textIn(cert),
          key: textIn(key),
          passphrase: textIn(options.passphrase),
        })
      },
      // OpenSSL's error may be about any of the files; its text is not shown.
      catch: () =>
        invalidData(
          ["caFile", "certFile", "keyFile"].filter((field) => field in options),
          "OpenSSL cannot read them: are they in PEM, does the key belong to the certificate, is the passphrase right?",
        ),
    })
  })

/**
 * The dispatcher. Its sockets are closed with the scope. Fails with a `ConfigError` that names the file, or the
 * variable of the proxy, that cannot be used.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
): Effect.Effect<Dispatcher, ConfigError.ConfigError, FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    checkUndici()
    const context = yield* secureContext(options)
    const verify = options.verifySsl ?? true
    if (!verify) {
      yield* Effect.logWarning(
        `Certificates are NOT verified (${sourcesOf(options).tls.name}): anyone on the network can read the credential and impersonate the service. Give the service's CA in caFile (TILEDB_SSL_CA_FILE) instead`,
      )
    }
    return yield* Effect.acquireRelease(
      Effect.try({
        try: () =>
          makeDispatcher(
            { rejectUnauthorized: verify, ...(context === undefined ? {} : { secureContext: context }) },
            options.proxies ?? true,
          ),
        // The URL of a proxy may contain a password, and the error quotes it.
        catch: () =>
          invalidData(
            ["HTTPS_PROXY", "HTTP_PROXY"],
            "Expected the URL of a proxy, such as http://proxy.example.com:3128",
          ),
      }),
      (dispatcher) => Effect.promise(() => dispatcher.destroy()),
    ).pipe(Effect.map((dispatcher) => Tls.setKnown(dispatcher, { verifySsl: verify, caFile: options.caFile })))
  })

/**
 * `make` as a Layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<NodeHttpClient.Dispatcher, ConfigError.ConfigError, FileSystem> => layerConfig(Effect.succeed(options))

/**
 * `layer` with `caFile` and `verifySsl` from configuration: by default from `TILEDB_SSL_CA_FILE` and
 * `TILEDB_REST_IGNORE_SSL_VALIDATION`; with `TileDBConfig.withFiles()` from profiles and `cloud.json` too.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = <R = never>(
  config: Effect.Effect<Options, ConfigError.ConfigError, R> = TileDBConfig.tls,
): Layer.Layer<NodeHttpClient.Dispatcher, ConfigError.ConfigError, FileSystem | Exclude<R, Scope.Scope>> =>
  Layer.scoped(NodeHttpClient.Dispatcher, Effect.flatMap(config, make))

/**
 * An `HttpClient` of your own that sends through the dispatcher of the context, and through nothing else:
 * `layerClient(NodeHttpClient.makeUndici)`, or a wrapped `NodeTransport.make`. The client then knows which TLS settings
 * it has, and those of the configuration are not refused.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  make: (dispatcher: Dispatcher) => HttpClient.HttpClient,
): Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(NodeHttpClient.Dispatcher, (dispatcher) => Tls.passOn(dispatcher, make(dispatcher))),
  )
