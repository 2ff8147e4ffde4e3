// A program of somebody who has installed the packages: every public module by its own path, one run over real HTTP.
import * as assert from "node:assert"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Credentials, RetryPolicy, TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import * as ClientCredentials from "@effect-tiledb/client/Credentials"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { UserId } from "@effect-tiledb/schema"
import { Fixtures, Mailbox, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Faults from "@effect-tiledb/testkit/Faults"
import { Effect, Layer, Redacted } from "effect"

const inMemory = Effect.gen(function* () {
  const users = yield* Users.Users
  yield* users.requestEmailConfirmation({ username_or_email: "ada" })
  yield* users.confirmEmail((yield* Mailbox.take({ to: "ada" })).token)
  const missing = yield* users
    .getUser(UserId.make("usr_00000000000000000000"))
    .pipe(Effect.catchTag("NotFound", (error: TileDBError.NotFound) => Effect.succeed(error.status)))
  return missing
}).pipe(
  Faults.withFaults({ fault: Faults.status(503, { retryAfter: 0 }), operation: "getUser", nth: 1 }),
  RetryPolicy.withRetryPolicy(RetryPolicy.standard),
  Effect.provide(TestUsers.asOwner({ users: [Fixtures.user("ada")] })),
)

const overHttp = (transport: Layer.Layer<import("@effect/platform/HttpClient").HttpClient>) =>
  Effect.gen(function* () {
    const server = yield* TestServer.TestServer
    const credentials = Credentials.apiKey(server.apiKey)
    const client = Users.layer.pipe(Layer.provide(TileDBClient.layer({ baseUrl: server.baseUrl, credentials })))
    const self = Effect.flatMap(Users.Users, (users) => users.getSelfUser)
    return (yield* Effect.provide(self, Layer.provide(client, transport))).user.username
  }).pipe(Effect.provide(TestServer.layer()), Effect.scoped)

// Internal modules cannot be imported.
const path: string = "@effect-tiledb/client/internal/execute"
const internal = Effect.promise(() =>
  import(path).then(
    () => "open",
    (error: { readonly code?: string }) => error.code,
  ),
)

const program = Effect.gen(function* () {
  const said = {
    status: yield* inMemory,
    names: [yield* overHttp(NodeTransport.layer), yield* overHttp(NodeHttpClient.layerUndici)],
    same: ClientCredentials.apiKey === Credentials.apiKey,
    secret: String(Redacted.make("x")),
    internal: yield* internal,
  }
  assert.deepStrictEqual(said, {
    status: 404,
    names: ["owner", "owner"],
    same: true,
    secret: "<redacted>",
    internal: "ERR_PACKAGE_PATH_NOT_EXPORTED",
  })
})
await Effect.runPromise(program)
console.log("as expected")
