/** Deployments for the tests: in memory, and in the testkit's server mode over real sockets. */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Config, ConfigProvider, Effect, Layer, Redacted, type Scope } from "effect"
import { Credentials, Effect3, NodeTransport, TileDBClient, Users as Users3 } from "tiledb-island"
import { Deployment, Faults, type Journal, Mailbox, TestHttpClient } from "tiledb-island/testkit"
import { fromEffect3 } from "../src/tiledb/fromEffect3.ts"
import { layer, type Users } from "../src/tiledb/Users.ts"

type Layer4 = Layer.Layer<Users, Config.ConfigError>
export interface World {
  readonly layer: Layer4
  /** Faults of the next calls. */
  readonly inject: (rule: Faults.Rule) => Effect.Effect<void>
  /** Takes the token out of an e-mail. */
  readonly token: (to: string, kind: "confirm_email" | "password_reset") => Effect.Effect<Redacted.Redacted<string>>
}

/** A scope of Effect 3 that closes with the test. */
const scope3 = Effect.acquireRelease(fromEffect3(Effect3.Scope.make()), (scope) =>
  fromEffect3(Effect3.Scope.close(scope, Effect3.Exit.void)),
)

/** The real client over a deployment in memory. */
export const memory = (options: TileDBClient.Options = {}) =>
  Effect.gen(function* () {
    const scope = yield* scope3
    const context = yield* fromEffect3(Effect3.Layer.buildWithScope(TestHttpClient.layer(), scope))
    const run = <A, E>(
      effect: Effect3.Effect.Effect<
        A,
        E,
        Deployment.Deployment | Faults.Faults | Journal.Journal | Mailbox.Mailbox | Effect3.Scope.Scope
      >,
    ) => fromEffect3(Effect3.Effect.provide(Effect3.Scope.extend(effect, scope), context))
    const credentials = Credentials.apiKey(Effect3.Context.get(context, Deployment.Deployment).apiKey)
    const users3 = Users3.layer.pipe(
      Effect3.Layer.provide(TileDBClient.layer({ credentials, ...options })),
      Effect3.Layer.provide(Effect3.Layer.succeedContext(context)),
    )
    return {
      run,
      users3,
      layer: layer(users3),
      token: (to: string, kind: "confirm_email" | "password_reset") =>
        Effect.map(Effect.orDie(run(Mailbox.take({ to, kind }))), ({ token }) =>
          Redacted.make(Effect3.Redacted.value(token)),
        ),
      inject: (rule: Faults.Rule) => run(Faults.inject(rule)),
    }
  })

export interface Served {
  readonly baseUrl: string
  readonly apiKey: string
  readonly bearer: string
  readonly userId: string
  readonly controlUrl: string
  readonly controlToken: string
}

/** The server mode as a process of its own, until the test ends. */
export const serve = Effect.map(
  Effect.acquireRelease(
    Effect.callback<{ readonly said: Served; readonly stop: () => void }>((resume) => {
      const program = join(import.meta.dirname, "../island/node_modules/.bin/effect-tiledb-testkit")
      const child = spawn(program, ["serve", "--until-stdin-closes"], { stdio: ["pipe", "pipe", "inherit"] })
      createInterface(child.stdout).once("line", (line) =>
        resume(Effect.succeed({ said: JSON.parse(line), stop: () => child.stdin.end() })),
      )
    }),
    ({ stop }) => Effect.sync(stop),
  ),
  ({ said }) => {
    const control = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${said.controlToken}`, "content-type": "application/json" }
      const response = await fetch(said.controlUrl + path, { method, headers, body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
      return response.text()
    }
    return {
      ...said,
      inject: (rule: Faults.Rule) => Effect.asVoid(Effect.promise(() => control("POST", "/faults", rule))),
      token: (to: string, kind: "confirm_email" | "password_reset") =>
        Effect.map(
          Effect.promise(() => control("POST", "/mailbox/take", { to, kind })),
          (text) => Redacted.make<string>(JSON.parse(text).token),
        ),
    }
  },
)

/** What an application on Effect 4 builds: the client over undici, configured by variables. */
export const configured = layer(
  Users3.layer.pipe(Effect3.Layer.provide(TileDBClient.layerConfig()), Effect3.Layer.provide(NodeTransport.layer)),
)

/** The client over undici against the server mode. */
export const sockets = Effect.map(serve, (server) => {
  const env = { TILEDB_REST_HOST: server.baseUrl, TILEDB_REST_TOKEN: server.apiKey }
  return { ...server, layer: Layer.provide(configured, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))) }
})

/** Both, for tests that hold in each. */
export const worlds: Readonly<Record<string, Effect.Effect<World, never, Scope.Scope>>> = {
  "in memory": memory(),
  "over sockets, against the server mode": sockets,
}
