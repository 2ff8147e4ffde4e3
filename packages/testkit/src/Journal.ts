/**
 * The calls that the deployment has received, with their outcomes: for assertions on the calls of a program.
 *
 * @since 0.1.0
 */
import type { OperationName } from "@effect-tiledb/schema"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { named } from "./internal/deployment/guarded.js"
import { compare } from "./internal/journal/diff.js"
import type { Entry, Expected } from "./internal/journal/entry.js"
import type { Ledger } from "./internal/journal/ledger.js"

export type { Entry, Expected, Outcome } from "./internal/journal/entry.js"

/**
 * The calls differ from the expected ones; `message` shows both side by side, without secrets.
 *
 * @since 0.1.0
 * @category errors
 */
export class JournalMismatch extends Data.TaggedError("JournalMismatch")<{
  /** The expected and the actual calls, line by line. */
  readonly message: string
}> {}

/**
 * The journal of a deployment; it keeps the newest calls (`journalSize` of the deployment's options, default 10,000).
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The calls, oldest first; only those of the given operation, if there is one. */
  readonly entries: (operation?: OperationName | (string & {})) => Effect.Effect<ReadonlyArray<Entry>>
  /** How many calls there were, including those that are no longer kept. */
  readonly count: Effect.Effect<number>
  /** Removes all calls. */
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
 * The service over the calls of a deployment.
 *
 * @internal
 */
export const make = (ledger: Ledger): Service => ({
  entries: (operation) =>
    Effect.sync(() => ledger.entries.filter((entry) => operation === undefined || entry.operation === operation)),
  count: Effect.sync(() => ledger.count),
  clear: Effect.sync(() => ledger.clear()),
})

/**
 * The calls so far, oldest first; only those of the given operation, if there is one.
 *
 * @since 0.1.0
 * @category accessors
 */
export const entries = (
  operation?: OperationName | (string & {}),
): Effect.Effect<ReadonlyArray<Entry>, never, Journal> =>
  Effect.flatMap(Journal, (journal) => journal.entries(operation))

/**
 * Removes the calls so far.
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
 * @category combinators
 */
export const expect = (expected: ReadonlyArray<Expected>): Effect.Effect<void, JournalMismatch, Journal> =>
  Effect.flatMap(entries(), (actual) => {
    const message = compare(expected, actual)
    return message === undefined ? Effect.void : Effect.fail(new JournalMismatch({ message }))
  }).pipe(named("Journal.expect", expected))
