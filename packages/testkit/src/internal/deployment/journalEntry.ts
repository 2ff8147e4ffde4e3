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
  | { readonly _tag: "Success"; readonly status: number }
  | {
      readonly _tag: "Failure"
      readonly status: number
      readonly message: string
      readonly fields: ReadonlyArray<string>
    }
  | { readonly _tag: "Fault"; readonly fault: string; readonly acted: boolean; readonly status?: number }

/**
 * One call. `operation` is undefined for a request that is none of the ten; `path` is the operation's template, or the
 * request's own path. `input` has the documented fields of the body with passwords as `Redacted`; `attempt` counts
 * from 1 how often this very request came while its answers were lost, 408, 429 or 5xx; `time` is the deployment's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly operation: OperationName | (string & {}) | undefined
  readonly method: string
  readonly path: string
  readonly userId: UserId | undefined
  readonly credential: "None" | "ApiKey" | "Basic" | "Bearer" | "ScopedToken" | "Unreadable" | "Several"
  readonly input: Readonly<Record<string, unknown>> | undefined
  readonly outcome: Outcome
  readonly attempt: number
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
  readonly operation: OperationName | (string & {})
  readonly userId?: UserId
  readonly credential?: Entry["credential"]
  readonly input?: Readonly<Record<string, unknown>>
  readonly outcome?: number | string
  readonly attempt?: number
}
