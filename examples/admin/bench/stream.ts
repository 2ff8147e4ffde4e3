// The bare client: reads all members as a stream, once. node stream.ts <baseUrl>
import { Credentials, TileDBClient, Workspaces } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

const [, , baseUrl = ""] = process.argv
const credentials = Credentials.apiKey(Redacted.make(process.env.TILEDB_REST_TOKEN ?? ""))

const program = Effect.flatMap(Workspaces.Workspaces, (workspaces) =>
  Stream.runCount(workspaces.streamWorkspaceUsers({ workspace: "main", per_page: 1000 })),
).pipe(
  Effect.provide(Workspaces.layer),
  Effect.provide(TileDBClient.layer({ baseUrl, credentials })),
  Effect.provide(NodeTransport.layer),
)

await Effect.runPromise(program)
