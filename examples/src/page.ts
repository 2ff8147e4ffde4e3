/** The page of `in-a-browser`: it never sees a key or a password, only a token of the signed-in user. */
import { Credentials, TileDBClient, Users } from "@effect-tiledb/client"
import { Effect, Layer, Redacted } from "effect"

// The examples are compiled for Node; an application's tsconfig has `"lib": ["DOM"]` instead.
declare const document: {
  readonly body: { readonly dataset: Readonly<Record<string, string>>; textContent: string }
}

/** From our own back end, when the first request needs it, and again after a 401. */
const token = Effect.tryPromise(async () => {
  const answer = await fetch("/token")
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  return Redacted.make(await answer.text())
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
  Effect.catchAll((error) => Effect.succeed(String(error))),
  Effect.flatMap((text) =>
    Effect.sync(() => {
      document.body.textContent = text
    }),
  ),
  Effect.runFork,
)
