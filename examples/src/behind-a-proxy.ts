/** A company's network: its certificate authority, and a proxy on the way to the service. */
import { NodeContext } from "@effect/platform-node"
import { TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { TestServer } from "@effect-tiledb/testkit"
import { ConfigProvider, Console, Effect, Layer, Redacted } from "effect"
import { company } from "./company.js"
import { inMemory } from "./example.js"

/** What an application provides: the environment says where the service, the authority and the proxy are. */
const UsersLive = Users.layer.pipe(
  Layer.provide(TileDBClient.layerConfig(TileDBConfig.config)),
  Layer.provide(NodeTransport.layerWithoutDispatcher),
  Layer.provide(NodeNetwork.layerConfig(TileDBConfig.config)),
  Layer.provide(NodeContext.layer),
)

const whoAmI = Users.Users.pipe(
  Effect.flatMap((users) => users.getSelfUser),
  Effect.map(({ user }) => user.username),
  Effect.provide(UsersLive),
)

const program = Effect.gen(function* () {
  const { apiKey, baseUrl } = yield* TestServer.TestServer
  const { caFile, host, proxy, tunnels } = yield* company(Number(new URL(baseUrl).port))
  const variables = { TILEDB_REST_HOST: host, TILEDB_REST_TOKEN: Redacted.value(apiKey) }
  const under = (more: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ ...variables, ...more }))))

  // The proxy's variable is the process's own: set it in the shell.
  process.env.HTTPS_PROXY = proxy
  const name = yield* whoAmI.pipe(under({ TILEDB_SSL_CA_FILE: caFile }))
  yield* Console.log(`with the company's CA, through the proxy to ${tunnels.join(", ")}: ${name}`)

  const refused = yield* Effect.flip(whoAmI.pipe(under({})))
  yield* Console.log(
    `without the CA: ${"_tag" in refused ? refused._tag : ""} ${"detail" in refused ? refused.detail : ""}`,
  )
}).pipe(Effect.scoped)

inMemory(
  "Calls a service with a company's certificate through its proxy, then without the certificate authority.",
  program,
)
