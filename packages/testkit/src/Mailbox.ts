/**
 * The e-mails that the deployment sends, with the scoped tokens that `confirmEmail` and `resetPassword` take.
 *
 * @example
 * import { Mailbox } from "@effect-tiledb/testkit"
 * import { Users } from "@effect-tiledb/client"
 * import { Effect } from "effect"
 *
 * const confirm = Effect.gen(function* () {
 *   const { token } = yield* Mailbox.take({ to: "ada", kind: "confirm_email" })
 *   yield* (yield* Users.Users).confirmEmail(token)
 * })
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Internal from "./internal/state/mailroom.js"

export type { Filter, Message } from "./internal/state/mailroom.js"

/**
 * The mailbox of all users of a deployment. `latest`, `all` and `count` only read; `take` removes a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The newest message that matches. */
  readonly latest: (filter?: Internal.Filter) => Effect.Effect<Option.Option<Internal.Message>>
  /**
   * Removes and returns the oldest matching message; waits for one for at most `timeout` (default 5 seconds, by the
   * `Clock`). With a clock that does not advance, as `TestClock`, it times out after 2 seconds of real time. The error
   * lists the messages.
   */
  readonly take: (
    filter?: Internal.Filter,
    options?: {
      /** How long it waits, by the `Clock`. Default 5 seconds. */
      readonly timeout?: Duration.DurationInput
    },
  ) => Effect.Effect<Internal.Message, Cause.TimeoutException>
  /** The messages that match, oldest first. */
  readonly all: (filter?: Internal.Filter) => Effect.Effect<ReadonlyArray<Internal.Message>>
  /** How many messages match. */
  readonly count: (filter?: Internal.Filter) => Effect.Effect<number>
  /** Removes all messages; their tokens still work. */
  readonly clear: Effect.Effect<void>
}

/**
 * The tag of the service; every Layer of this package that has a deployment provides it.
 *
 * @since 0.1.0
 * @category tags
 */
export class Mailbox extends Context.Tag("@effect-tiledb/testkit/Mailbox")<Mailbox, Service>() {}

/**
 * `Service.latest` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const latest = (filter?: Internal.Filter): Effect.Effect<Option.Option<Internal.Message>, never, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.latest(filter))

/**
 * `Service.take` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const take = (
  filter?: Internal.Filter,
  options?: {
    /** How long it waits, by the `Clock`. Default 5 seconds. */
    readonly timeout?: Duration.DurationInput
  },
): Effect.Effect<Internal.Message, Cause.TimeoutException, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.take(filter, options))

/**
 * `Service.count` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const count = (filter?: Internal.Filter): Effect.Effect<number, never, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.count(filter))

/**
 * `Service.clear` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clear: Effect.Effect<void, never, Mailbox> = Effect.flatMap(Mailbox, (mailbox) => mailbox.clear)
