/** What every example starts with: its flags, a deployment to talk to, one clear line and an exit code when it fails. */
import { parseArgs } from "node:util"
import { Runtime } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Credentials, TileDBClient, TileDBError, Users, Workspaces } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { type Deployment, type Faults, Fixtures, type Mailbox, TestServer } from "@effect-tiledb/testkit"
import { Cause, Config, ConfigError, Console, Effect, Exit, Layer, Option } from "effect"

/** The services that the examples use, over one client. */
const services = Layer.merge(Users.layer, Workspaces.layer)

type Services = Layer.Layer.Success<typeof services>

/** A server in memory with a user called `ada`, and the client as its owner. */
export type Embedded = Services | TestServer.TestServer | Deployment.Deployment | Faults.Faults | Mailbox.Mailbox

/** The client for one credential, at the server in memory. */
export const usersAs = (options: TileDBClient.Options) =>
  services.pipe(
    Layer.provide(
      Layer.unwrapEffect(
        Effect.map(TestServer.TestServer, ({ baseUrl }) => TileDBClient.layer({ baseUrl, ...options })),
      ),
    ),
    Layer.provide(NodeTransport.layer),
  )

const embedded = Layer.unwrapEffect(
  Effect.map(TestServer.TestServer, ({ apiKey }) =>
    usersAs({ credentials: Credentials.apiKey(apiKey), workspace: "main" }),
  ),
).pipe(Layer.provideMerge(TestServer.layer({ seed: 1843, users: [Fixtures.user("ada")] })))

/** The client for the deployment that the environment names, as TileDB's own tools read it. */
const live = services.pipe(Layer.provide(TileDBClient.layerConfig()), Layer.provide(NodeTransport.layer))

const isLive = Config.map(
  Config.option(
    Config.nonEmptyString("TILEDB_REST_HOST").pipe(Config.orElse(() => Config.nonEmptyString("TILEDB_REST_TOKEN"))),
  ),
  Option.isSome,
)

const exit = (code: number, line: string) =>
  Effect.zipRight(
    Console.error(line),
    Effect.sync(() => {
      process.exitCode = code
    }),
  )

/** 2 for a mistake of the caller's (a flag, the configuration), 1 for everything else. */
const explain = (error: unknown) =>
  ConfigError.isConfigError(error)
    ? exit(2, `The configuration cannot be used: ${error}`)
    : TileDBError.isTileDBError(error)
      ? exit(1, `${error._tag}: ${error.message}`)
      : exit(1, String(error))

/** Ctrl-C ends a program with 130, as shells expect; Effect's own teardown returns 0 for an interruption. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? onExit(130) : Runtime.defaultTeardown(exit, onExit)

export const runMain = (about: string, program: Effect.Effect<void, unknown>) => {
  const checked = Effect.try(() => parseArgs({ options: { help: { type: "boolean", short: "h" } } })).pipe(
    Effect.matchEffect({
      onFailure: (error) => exit(2, `${error.cause instanceof Error ? error.cause.message : error}. Try --help`),
      onSuccess: ({ values }) => (values.help === true ? Console.log(about) : program),
    }),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.failCause(cause)
        : explain(Option.getOrElse(Cause.failureOption(cause), () => Cause.pretty(cause))),
    ),
  )
  NodeRuntime.runMain(checked, { teardown })
}

/** Runs an example that only reads: in memory, or against the deployment that the environment names. */
export const reading = (about: string, program: Effect.Effect<void, unknown, Services>): void =>
  runMain(
    about,
    Effect.flatMap(isLive, (isLive) => Effect.provide(program, isLive ? live : embedded)),
  )

/** Runs an example that changes things: in memory only, whatever the environment says. */
export const inMemory = (about: string, program: Effect.Effect<void, unknown, Embedded>): void =>
  runMain(about, Effect.provide(program, embedded))
