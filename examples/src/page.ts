/** The page of `in-a-browser`: it never sees a key or a password, only a token of the signed-in user. */
import * as Credentials from "@effect-tiledb/client/Credentials"
import * as TileDBClient from "@effect-tiledb/client/TileDBClient"
import * as Users from "@effect-tiledb/client/Users"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

// The examples are compiled for Node; an application's tsconfig has `"lib": ["DOM"]` instead.
declare const document: {
  readonly body: { readonly dataset: Readonly<Record<string, string>>; textContent: string }
}

class NoToken extends Data.TaggedError("NoToken")<{ readonly cause: unknown }> {}

/** From our own back end: for the first request, and again after a 401. */
const token = Effect.tryPromise({
  try: async () => {
    const response = await fetch("/token")
    if (!response.ok) throw new Error(`/token: ${response.status}`)
    return Redacted.make((await response.text()).trim())
  },
  catch: (cause) => new NoToken({ cause }),
})

const UsersLive = Layer.provide(
  Users.layer,
  TileDBClient.layerFetch({ baseUrl: document.body.dataset.api, credentials: Credentials.bearer(token) }),
)

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const { user } = yield* users.getSelfUser
  return `Signed in as ${user.username}`
})

program.pipe(
  Effect.provide(UsersLive),
  Effect.catchAll((error) => Effect.succeed(error.message)),
  Effect.flatMap((text) =>
    Effect.sync(() => {
      document.body.textContent = text
    }),
  ),
  Effect.runFork,
)
