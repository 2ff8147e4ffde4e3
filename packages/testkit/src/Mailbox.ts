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
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { InFlight } from "./internal/state/inFlight.js"
import type { Filter, Mailroom, Message } from "./internal/state/mailroom.js"

export type { Filter, Message } from "./internal/state/mailroom.js"

/**
 * How long `take` waits.
 *
 * @since 0.1.0
 * @category models
 */
export interface TakeOptions {
  /** How long it waits for a call in flight, by the `Clock`. Default 5 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * The mailbox of all users of a deployment. `latest`, `all` and `count` only read; `take` removes a message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The newest message that matches. */
  readonly latest: (filter?: Filter) => Effect.Effect<Option.Option<Message>>
  /**
   * Removes and returns the oldest matching message. If there is none, it waits while calls are in flight, for at most
   * `timeout` (default 5 seconds, by the `Clock`), and then fails with the messages that there are. If no call is in
   * flight, it fails at once.
   */
  readonly take: (filter?: Filter, options?: TakeOptions) => Effect.Effect<Message, Cause.TimeoutException>
  /** The messages that match, oldest first. */
  readonly all: (filter?: Filter) => Effect.Effect<ReadonlyArray<Message>>
  /** How many messages match. */
  readonly count: (filter?: Filter) => Effect.Effect<number>
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

const noMail = (filter: Filter, room: Mailroom): Cause.TimeoutException => {
  const there = room.find({}).map(({ kind, to }) => `${kind} to ${to.username} <${to.email}>`)
  const shown = there.length > 10 ? [`${there.length - 10} older ones`, ...there.slice(-10)] : there
  const message = `There is no e-mail for ${JSON.stringify(filter)}; in the mailbox: ${shown.join(", ") || "nothing"}`
  return new Cause.TimeoutException(message)
}

/** Fibers that were forked a moment ago have not started: each turn lets them run, and those that they fork. */
const turns = 10

/**
 * The service over the e-mails of a deployment.
 *
 * @internal
 */
export const make = (room: Mailroom, inFlight: InFlight): Service => {
  const all = (filter: Filter = {}) => Effect.sync(() => room.find(filter))
  return {
    all,
    latest: (filter) => Effect.map(all(filter), (messages) => Option.fromNullable(messages.at(-1))),
    count: (filter) => Effect.map(all(filter), (messages) => messages.length),
    take: (filter = {}, { timeout = "5 seconds" } = {}) =>
      Effect.async<Message, Cause.TimeoutException>((resume) => {
        const stopTaking = room.take(filter, (message) => resume(Effect.succeed(message)))
        const stopWaiting = inFlight.whenIdle(() => {
          stopTaking()
          resume(Effect.failSync(() => noMail(filter, room)))
        })
        return Effect.sync(() => {
          stopTaking()
          stopWaiting()
        })
      }).pipe(Effect.timeoutFail({ duration: timeout, onTimeout: () => noMail(filter, room) }), (taking) =>
        Effect.zipRight(Effect.replicateEffect(Effect.yieldNow(), turns, { discard: true }), taking),
      ),
    clear: Effect.sync(() => room.clear()),
  }
}

/**
 * `Service.latest` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const latest = (filter?: Filter): Effect.Effect<Option.Option<Message>, never, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.latest(filter))

/**
 * `Service.take` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const take = (filter?: Filter, options?: TakeOptions): Effect.Effect<Message, Cause.TimeoutException, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.take(filter, options))

/**
 * `Service.count` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const count = (filter?: Filter): Effect.Effect<number, never, Mailbox> =>
  Effect.flatMap(Mailbox, (mailbox) => mailbox.count(filter))

/**
 * `Service.clear` of the mailbox in the environment.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clear: Effect.Effect<void, never, Mailbox> = Effect.flatMap(Mailbox, (mailbox) => mailbox.clear)
