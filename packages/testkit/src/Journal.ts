/**
 * What the deployment has been asked, and what came of it: for assertions on the calls that a program makes.
 *
 * @since 0.1.0
 */
import type { OperationName, UserId } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { compare } from "./internal/journalDiff.js"

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
  readonly operation: OperationName | undefined
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
  readonly operation: OperationName
  readonly userId?: UserId
  readonly credential?: Entry["credential"]
  readonly input?: Readonly<Record<string, unknown>>
  readonly outcome?: number | string
  readonly attempt?: number
}

/**
 * The calls were not the expected ones; `message` shows them side by side, without secrets.
 *
 * @since 0.1.0
 * @category errors
 */
export class JournalMismatch extends Data.TaggedError("JournalMismatch")<{ readonly message: string }> {}

/**
 * The journal of a deployment; it keeps the newest calls (`journalSize` of the deployment's options, default 10,000).
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The calls, oldest first; of one operation only when it is named. */
  readonly entries: (operation?: OperationName) => Effect.Effect<ReadonlyArray<Entry>>
  /** How many calls there were, those that are no longer kept included. */
  readonly count: Effect.Effect<number>
  /** Forgets all calls. */
  readonly clear: Effect.Effect<void>
}

/**
 * The tag of the service; every Layer of this package that has a deployment provides it.
 *
 * @since 0.1.0
 * @category tags
 */
export class Journal extends Context.Tag("@effect-tiledb/testkit/Journal")<Journal, Service>() {}

/**
 * The calls so far, oldest first; of one operation only when it is named.
 *
 * @since 0.1.0
 * @category accessors
 */
export const entries = (operation?: OperationName): Effect.Effect<ReadonlyArray<Entry>, never, Journal> =>
  Effect.flatMap(Journal, (journal) => journal.entries(operation))

/**
 * Forgets the calls so far.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clear: Effect.Effect<void, never, Journal> = Effect.flatMap(Journal, (journal) => journal.clear)

/**
 * Fails with a readable diff unless the calls so far are exactly these, in this order.
 *
 * @example
 * import { Journal } from "@effect-tiledb/testkit"
 *
 * const registeredOnce = Journal.expect([{ operation: "createUser", input: { username: "ada" }, outcome: 201 }])
 *
 * @since 0.1.0
 * @category assertions
 */
export const expect = (expected: ReadonlyArray<Expected>): Effect.Effect<void, JournalMismatch, Journal> =>
  Effect.flatMap(entries(), (actual) => {
    const message = compare(expected, actual)
    return message === undefined ? Effect.void : Effect.fail(new JournalMismatch({ message }))
  })
