import type { OperationName, UserId } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"

/**
 * What came of a call: the service did it, refused it, or a fault struck (`acted` tells whether the service had done what
 * it was asked by then).
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | {
      readonly _tag: "Success"
      /** The HTTP status of the answer. */
      readonly status: number
    }
  | {
      readonly _tag: "Failure"
      /** The HTTP status of the answer. */
      readonly status: number
      /** The `message` of the answer's Error JSON. */
      readonly message: string
      /** The names of the fields that were refused; empty where the refusal is about none. */
      readonly fields: ReadonlyArray<string>
    }
  | {
      readonly _tag: "Fault"
      /** The name of the fault, for example `Reset`. */
      readonly fault: string
      /** Whether the service had done what it was asked when the fault struck. */
      readonly acted: boolean
      /** The HTTP status of the answer; absent where none was sent. */
      readonly status?: number
    }

/**
 * One call. `operation` is undefined for a request that is none of the ten; `path` is the operation's template, or the
 * request's own path. `input` has the documented fields of the body with passwords as `Redacted`; `attempt` counts
 * from 1 how often this very request came while its answers were lost, 408, 429 or 5xx; `time` is the deployment's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** The method's name; undefined for a request that is none of the operations. */
  readonly operation: OperationName | (string & {}) | undefined
  /** The HTTP method. */
  readonly method: string
  /** The operation's path template, or the request's own path where there is no operation. */
  readonly path: string
  /** The user id in the path; undefined where the path has none. */
  readonly userId: UserId | undefined
  /** What the request was authorised by; `Several` for a key beside an `Authorization`. */
  readonly credential: "None" | "ApiKey" | "Basic" | "Bearer" | "ScopedToken" | "Unreadable" | "Several"
  /** The documented fields of the body, passwords as `Redacted`; undefined where there is no body. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  /** What came of it. */
  readonly outcome: Outcome
  /** How often this very request came while its answers were lost, 408, 429 or 5xx, counted from 1. */
  readonly attempt: number
  /** The deployment's time when the call came. */
  readonly time: DateTime.Utc
}

/**
 * What an entry should look like; what is left out does not matter. `input` names the fields that matter; a `Redacted`
 * in it is compared by its value and never printed. `outcome` is a status or the name of a fault.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  /** The method's name. */
  readonly operation: OperationName | (string & {})
  /** The user id in the path. Default: any. */
  readonly userId?: UserId
  /** What the request was authorised by. Default: anything. */
  readonly credential?: Entry["credential"]
  /** The fields of the body that matter; a `Redacted` is compared by its value. Default: any body. */
  readonly input?: Readonly<Record<string, unknown>>
  /** The HTTP status, or the name of a fault. Default: any. */
  readonly outcome?: number | string
  /** The number of the attempt, from 1. Default: any. */
  readonly attempt?: number
}
