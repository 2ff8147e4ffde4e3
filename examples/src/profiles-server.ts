/** The profiles as a program: set `TILEDB_REST_TOKEN`, then `npx tsx profiles-server.ts`. */
import { createServer } from "node:http"
import { HttpApiBuilder, HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { TileDBClient, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Config, Layer } from "effect"
import { ProfilesApi } from "./profiles.js"

const UsersLive = Users.layer.pipe(Layer.provide(TileDBClient.layerConfig()), Layer.provide(NodeTransport.layer))

const address = { host: Config.succeed("127.0.0.1"), port: Config.withDefault(Config.integer("PORT"), 3000) }

const ServerLive = HttpApiBuilder.serve().pipe(
  Layer.provide(ProfilesApi),
  Layer.provide(UsersLive),
  HttpServer.withLogAddress,
  Layer.provide(NodeHttpServer.layerConfig(createServer, address)),
)

NodeRuntime.runMain(Layer.launch(ServerLive))
