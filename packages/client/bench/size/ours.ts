import * as Credentials from "@effect-tiledb/client/Credentials"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as Users from "@effect-tiledb/client/Users"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const UsersLive = FetchTransport.layerUsers({
  credentials: Credentials.apiKey(Redacted.make("tiledb_0123456789abcdef")),
})

const program = Effect.flatMap(Users.Users, (users) => users.getUser(UserId.make("usr_9m4e2mr0ui3e8a215n4g")))

Effect.runPromise(Effect.provide(program, UsersLive)).then((user) => console.log(user.display_name))
