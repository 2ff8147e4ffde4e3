import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Credentials from "@effect-tiledb/client/Credentials"
import * as TileDBClient from "@effect-tiledb/client/TileDBClient"
import * as Users from "@effect-tiledb/client/Users"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const UsersLive = Layer.provide(
  Users.layer,
  Layer.provide(
    TileDBClient.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_0123456789abcdef")) }),
    FetchHttpClient.layer,
  ),
)

const program = Effect.flatMap(Users.Users, (users) => users.getUser(UserId.make("usr_9m4e2mr0ui3e8a215n4g")))

Effect.runPromise(Effect.provide(program, UsersLive)).then((user) => console.log(user.display_name))
