import type { Operation, ScopedToken } from "@effect-tiledb/schema"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { TileDBError } from "../TileDBError.js"

/** The arguments of one call of any operation, before validation. */
export interface Given {
  readonly path?: unknown
  readonly query?: unknown
  readonly token?: unknown
  readonly request?: unknown
}

type Value<Row, Name extends PropertyKey> =
  Row extends Readonly<Record<Name, infer S extends Schema.Schema.All>> ? Schema.Schema.Type<S> : never

type Path<Row> = Row extends { readonly pathParameters: infer Parameters }
  ? { readonly [Name in keyof Parameters]: Value<Parameters, Name> }
  : Readonly<Record<never, unknown>>

/** An argument that there is not, may be, or must be. */
type Argument<Name extends string, A> = [A] extends [never]
  ? { readonly [_ in Name]?: never }
  : Readonly<Record<never, unknown>> extends A
    ? { readonly [_ in Name]?: A | undefined }
    : { readonly [_ in Name]: A }

/**
 * The arguments of one call, before validation; which there are, and their types, is derived from the operation's row:
 *
 * - `path`: the values of the path's parameters, by their names in the path;
 * - `query`: the query parameters;
 * - `token`: the scoped token, for operations that are authorised by one;
 * - `request`: the body.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Arguments<Row extends Operation> = Operation extends Row
  ? Given
  : Argument<"path", keyof Path<Row> extends never ? never : Path<Row>> &
      Argument<"query", Value<Row, "query">> &
      Argument<"token", Row extends { readonly credential: "scopedToken" } ? ScopedToken : never> &
      ([Value<Row, "request">] extends [never]
        ? { readonly request?: never }
        : { readonly request: Value<Row, "request"> })

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
 * Carries out a call and succeeds with the result of its operation: over the network, or in memory.
 *
 * @since 0.1.0
 * @category models
 */
export type Execute = (call: Call) => Effect.Effect<unknown, TileDBError>
