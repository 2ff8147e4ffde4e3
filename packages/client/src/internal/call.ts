import type { Operation, ScopedToken } from "@effect-tiledb/schema"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { TileDBError } from "../TileDBError.js"

/**
 * The arguments of one call, before validation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arguments {
  /** The values of the path's parameters, by their names in the path. */
  readonly path?: Readonly<Record<string, unknown>>
  /** The query parameters. */
  readonly query?: unknown
  /** The scoped token, for operations that are authorised by one. */
  readonly token?: ScopedToken
  /** The body. */
  readonly request?: unknown
}

/**
 * A call with validated arguments.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** The operation's row. */
  readonly operation: Operation
  /** The path below the base URL, parameters and query filled in. */
  readonly path: string
  /** The values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** The scoped token that authorises this call in place of the session's credential. */
  readonly token?: ScopedToken | undefined
  /** The JSON value of the body, encoded. */
  readonly body?: Redacted.Redacted<unknown> | undefined
  /** The secrets among the arguments, which no error may contain. */
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

/**
 * Carries out a call and succeeds with the decoded response, out of its envelope: over the network, or in memory.
 *
 * @since 0.1.0
 * @category models
 */
export type Execute = (call: Call) => Effect.Effect<unknown, TileDBError>
