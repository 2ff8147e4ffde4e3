// The bare client: as many users as it is told to create, with 32 requests under way. node bare.ts <baseUrl> <prefix> <rows>
import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const [, , baseUrl = "", prefix = "", rows = "0"] = process.argv
const credentials = Credentials.apiKey(Redacted.make(process.env.TILEDB_REST_TOKEN ?? ""))

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const create = (n: number) => {
    const name = `${prefix}-${n}`
    const password = Redacted.make(`password-${n}`)
    return users.createUser({ username: name, email: `${name}@example.com`, password })
  }
  const all = Array.from({ length: Number(rows) }, (_, n) => n)
  yield* Effect.forEach(all, create, { concurrency: 32, discard: true })
}).pipe(
  Effect.provide(Users.layer),
  Effect.provide(TileDBClient.layer({ baseUrl, credentials })),
  Effect.provide(NodeTransport.layer),
)

await Effect.runPromise(program)
