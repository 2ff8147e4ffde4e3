import type { Credentials, Users } from "@effect-tiledb/client"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * The same service for other callers: the contract also covers permissions.
 *
 * @since 0.1.0
 * @category tags
 */
export class Callers extends Context.Tag("@effect-tiledb/testkit/Contract/Callers")<
  Callers,
  { readonly as: (credentials: Credentials.Credentials) => Effect.Effect<Users.Service> }
>() {}
