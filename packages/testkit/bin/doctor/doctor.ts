/** All checks in order; each that is needed for the next ends the rest when it fails. It writes nothing. */
import type { FileSystem, Path } from "@effect/platform"
import { TileDBConfig } from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Effect, Layer } from "effect"
import { cleaner } from "../../../client/src/internal/secrets/redact.js"
import * as Configuration from "./configuration.js"
import * as Network from "./network.js"
import type { Finding, Report } from "./report.js"

const failed = (findings: ReadonlyArray<Finding>) => findings.some(({ level }) => level === "error")

const overNetwork = (
  config: TileDBConfig.TileDBConfig,
): Effect.Effect<ReadonlyArray<Finding>, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const service = yield* Network.service(config.baseUrl)
    if (failed(service)) return service
    return [...service, ...(yield* Network.credential(config))]
  }).pipe(
    Effect.provide(
      NodeTransport.layerWithoutDispatcher.pipe(Layer.provide(NodeNetwork.layerConfig(Effect.succeed(config)))),
    ),
    Effect.catchAll((refusal) => Effect.succeed([Configuration.refused(refusal)])),
  )

/** What the doctor finds with this configuration. */
export const examine = (
  options: TileDBConfig.FileOptions = {},
): Effect.Effect<Report, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const files = yield* Configuration.files
    const config = yield* Effect.either(TileDBConfig.withFiles(options))
    if (config._tag === "Left") return { findings: [Configuration.refused(config.left), ...files], config: undefined }
    const { baseUrl } = config.right
    const local = [
      ...Configuration.configuration(config.right),
      ...files,
      ...(yield* Configuration.credential(config.right)),
    ]
    // Not of a console: the address has to be replaced first.
    const way = failed(local) ? [] : [yield* Network.dns(baseUrl)]
    const far = failed([...local, ...way]) ? [] : yield* overNetwork(config.right)
    // The service may send the credential back, or what a terminal obeys.
    const clean = cleaner(Configuration.secretsOf(config.right))
    const cleaned = (finding: Finding): Finding => ({ ...finding, message: clean(finding.message, 500) })
    return { findings: [...local, ...way, ...far].map(cleaned), config: config.right }
  })
