import type { OperationName, UserId } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"

/**
 * The outcome of a call: the service carried it out, refused it, or a fault struck (`acted` is whether the service had
 * carried it out by then).
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | {
      readonly _tag: "Success"
      /** The HTTP status of the response. */
      readonly status: number
    }
  | {
      readonly _tag: "Failure"
      /** The HTTP status of the response. */
      readonly status: number
      /** The `message` of the response's Error JSON. */
      readonly message: string
      /** The names of the fields that were refused; empty if there are none. */
      readonly fields: ReadonlyArray<string>
    }
  | {
      readonly _tag: "Fault"
      /** The name of the fault, for example `Reset`. */
      readonly fault: string
      /** Whether the service had carried out the call when the fault struck. */
      readonly acted: boolean
      /** The HTTP status of the response; absent if none was sent. */
      readonly status?: number
    }

/**
 * One call. `operation` is undefined for a request that matches no operation; `path` is the operation's template, or
 * the request's own path. `input` has the documented fields of the body with passwords as `Redacted`. `attempt` counts
 * from 1 how often this same request arrived while its responses were lost, 408, 429 or 5xx. `time` is the
 * deployment's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** The method's name; undefined for a request that matches no operation. */
  readonly operation: OperationName | (string & {}) | undefined
  /** The HTTP method. */
  readonly method: string
  /** The operation's path template, or the request's own path if there is no operation. */
  readonly path: string
  /** The user id in the path; undefined if the path has none. */
  readonly userId: UserId | undefined
  /** The credential of the request; `Several` for a key beside an `Authorization`. */
  readonly credential: "None" | "ApiKey" | "Basic" | "Bearer" | "ScopedToken" | "Unreadable" | "Several"
  /** The documented fields of the body, passwords as `Redacted`; undefined if there is no body. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  /** The outcome. */
  readonly outcome: Outcome
  /** How often this same request arrived while its responses were lost, 408, 429 or 5xx, counted from 1. */
  readonly attempt: number
  /** The deployment's time when the request arrived. */
  readonly time: DateTime.Utc
}

/**
 * The expected entry; absent fields match anything. `input` names the fields that matter; a `Redacted` in it is
 * compared by its value and never printed. `outcome` is a status or the name of a fault.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  /** The method's name. */
  readonly operation: OperationName | (string & {})
  /** The user id in the path. Default: any. */
  readonly userId?: UserId
  /** The credential of the request. Default: any. */
  readonly credential?: Entry["credential"]
  /** The fields of the body that matter; a `Redacted` is compared by its value. Default: any body. */
  readonly input?: Readonly<Record<string, unknown>>
  /** The HTTP status, or the name of a fault. Default: any. */
  readonly outcome?: number | string
  /** The number of the attempt, from 1. Default: any. */
  readonly attempt?: number
}
