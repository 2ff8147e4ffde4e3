import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { RetryPolicy, Users } from "@effect-tiledb/client"
import { Console, Effect, Layer, Redacted } from "effect"

/** Invites somebody: an account with a password nobody knows, and an e-mail to set one. */
export const invite = (email: string) =>
  Effect.gen(function* () {
    const users = yield* Users.Users
    const user = yield* users.createUser({ email, username: email, password: Redacted.make(crypto.randomUUID()) })
    yield* users.requestPasswordReset({ username_or_email: email })
    return user
  }).pipe(
    Effect.catchTags({
      // The service refused: the message says which fields, and why.
      ApiError: (error) => Effect.fail(error.message),
      // No answer: `outcome` says whether the account may exist all the same.
      TransportError: (error) => Effect.fail(`${error.message} (${error.outcome})`),
    }),
  )

const program = Effect.flatMap(invite("ada@example.com"), (user) => Console.log(`Invited ${user.id}`))

// Reads TILEDB_REST_HOST, TILEDB_REST_TOKEN, TILEDB_REST_USERNAME and TILEDB_REST_PASSWORD.
const UsersLive = Users.layerConfig().pipe(Layer.provide(NodeHttpClient.layerUndici))

if (process.argv[1] === import.meta.filename) {
  program.pipe(RetryPolicy.withRetryPolicy(RetryPolicy.forceful), Effect.provide(UsersLive), NodeRuntime.runMain)
}
