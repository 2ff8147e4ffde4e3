/**
 * One deployment in memory, behind every face of this package: `TestUsers`, `TestHttpClient` and `TestServer` built over
 * the same one share their users, e-mails, faults and journal.
 *
 * Everything in it is deterministic: ids, tokens and request ids come from `seed`, time from the `Clock`.
 *
 * @since 0.1.0
 */
import type { User, UserId } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as DefaultServices from "effect/DefaultServices"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { FaultNeverStruck, Faults, type Rule } from "./Faults.js"
import type { Backend } from "./internal/deployment/backend.js"
import { FaultBook } from "./internal/deployment/faultBook.js"
import { Ledger } from "./internal/deployment/ledger.js"
import { type Filter, Mailroom, type Message } from "./internal/deployment/mailroom.js"
import { type Options, type Seeded, seed } from "./internal/deployment/seed.js"
import type { StateSnapshot } from "./internal/deployment/state.js"
import { Journal } from "./Journal.js"
import { Mailbox } from "./Mailbox.js"

export type { PartialPolicy, Policy } from "./internal/deployment/policy.js"

export type { Options } from "./internal/deployment/seed.js"

/**
 * The key of what only this package may touch.
 *
 * @internal
 */
export const BackendId: unique symbol = Symbol.for("@effect-tiledb/testkit/Deployment/backend")

/**
 * All of a deployment at one moment: its users, their credentials, tokens and e-mails, and its randomness (so that what
 * follows a `restore` follows it the same way each time). It shows nothing of this when it is printed.
 *
 * @since 0.1.0
 * @category models
 */
export class Snapshot {
  readonly #state: StateSnapshot
  readonly #messages: ReadonlyArray<Message>

  /** @internal */
  constructor(backend: Backend) {
    this.#state = backend.machine.state.snapshot
    this.#messages = backend.machine.mailroom.snapshot
  }

  /** @internal */
  restoreTo(backend: Backend): void {
    backend.machine.state.restore(this.#state)
    backend.machine.mailroom.restore(this.#messages)
  }
}

/**
 * A look into a deployment, and its keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The id of the seeded owner, whose username is `owner`. */
  readonly ownerId: UserId
  /** An API key of the seeded owner. */
  readonly apiKey: Redacted.Redacted<string>
  /** A further API key for a user. */
  readonly issueApiKey: (userId: UserId) => Effect.Effect<Redacted.Redacted<string>, Cause.NoSuchElementException>
  /** A further bearer token for a user. */
  readonly issueBearer: (userId: UserId) => Effect.Effect<Redacted.Redacted<string>, Cause.NoSuchElementException>
  /** All users, in the order in which they were created. */
  readonly users: Effect.Effect<ReadonlyArray<User>>
  /** The user with this id, username or e-mail address. */
  readonly user: (idOrName: string) => Effect.Effect<Option.Option<User>>
  /** How many users there are. */
  readonly size: Effect.Effect<number>
  /** The deployment's time. */
  readonly now: Effect.Effect<DateTime.Utc>
  /** All of the deployment as it is now. Takes time with the number of users. */
  readonly snapshot: Effect.Effect<Snapshot>
  /** Makes the deployment what it was; faults and journal stay as they are. */
  readonly restore: (snapshot: Snapshot) => Effect.Effect<void>
  /** @internal */
  readonly [BackendId]: Backend
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Deployment extends Context.Tag("@effect-tiledb/testkit/Deployment")<Deployment, Service>() {}

const makeService = (backend: Backend, seeded: Seeded): Service => {
  const { state } = backend.machine
  const issue = (prefix: "tiledb" | "bearer", add: (userId: UserId, secret: string) => void) => (userId: UserId) =>
    Effect.suspend(() => {
      if (state.byId(userId) === undefined) {
        return Effect.fail(new Cause.NoSuchElementException(`There is no user ${userId}`))
      }
      const secret = state.random.secret(prefix)
      add(userId, secret)
      return Effect.succeed(Redacted.make(secret))
    })
  const service: Omit<Service, typeof BackendId> = {
    ownerId: seeded.ownerId,
    apiKey: seeded.apiKey,
    issueApiKey: issue("tiledb", (userId, key) => state.addApiKey(userId, key)),
    issueBearer: issue("bearer", (userId, token) => state.addBearer(userId, token)),
    users: Effect.sync(() => Array.from(state.accounts(), ({ user }) => user)),
    user: (idOrName) =>
      Effect.sync(() => Option.fromNullable((state.byId(idOrName) ?? state.byUsernameOrEmail(idOrName))?.user)),
    size: Effect.sync(() => state.size),
    now: Effect.map(Clock.currentTimeMillis, (millis) => DateTime.unsafeMake(millis + backend.offset)),
    snapshot: Effect.sync(() => new Snapshot(backend)),
    restore: (snapshot) => Effect.sync(() => snapshot.restoreTo(backend)),
  }
  return Object.defineProperty({ ...service, [BackendId]: backend }, BackendId, { enumerable: false })
}

/** A clock that only a test moves may never get there; then this is how long is waited in real time. */
const realPatience = "2 seconds"

const patiently =
  <E2>(timeout: Duration.DurationInput, onTimeout: () => E2) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | E2> =>
    Effect.clockWith((clock) => {
      const bounded = Effect.timeoutFail(effect, { duration: timeout, onTimeout })
      const live = Context.get(DefaultServices.liveServices, Clock.Clock)
      return clock === live
        ? bounded
        : Effect.raceFirst(
            bounded,
            Effect.zipRight(Effect.withClock(Effect.sleep(realPatience), live), Effect.failSync(onTimeout)),
          )
    })

const noMail = (filter: Filter, room: Mailroom): string => {
  const there = room.find({}).map(({ kind, to }) => `${kind} to ${to.username} <${to.email}>`)
  const shown = there.length > 10 ? [`${there.length - 10} older ones`, ...there.slice(-10)] : there
  return `No e-mail came for ${JSON.stringify(filter)}; in the mailbox: ${shown.join(", ") || "nothing"}`
}

const makeMailbox = (room: Mailroom): Context.Tag.Service<Mailbox> => {
  const all = (filter: Filter = {}) => Effect.sync(() => room.find(filter).slice())
  return {
    all,
    latest: (filter) => Effect.map(all(filter), (messages) => Option.fromNullable(messages.at(-1))),
    count: (filter) => Effect.map(all(filter), (messages) => messages.length),
    take: (filter = {}, { timeout = "5 seconds" } = {}) =>
      Effect.async<Message>((resume) => {
        const cancel = room.take(filter, (message) => resume(Effect.succeed(message)))
        return Effect.sync(cancel)
      }).pipe(patiently(timeout, () => new Cause.TimeoutException(noMail(filter, room)))),
    clear: Effect.sync(() => room.clear()),
  }
}

const makeFaults = (book: FaultBook): Context.Tag.Service<Faults> => {
  const install = (rule: Rule) => Effect.sync(() => book.add(rule))
  return {
    install: (rule) => Effect.map(install(rule), ({ remove }) => Effect.sync(remove)),
    add: (rule) =>
      Effect.asVoid(
        Effect.acquireRelease(install(rule), ({ neverStruck, remove }, exit) =>
          Effect.suspend(() => {
            remove()
            return dieUnlessStruck(exit, neverStruck)
          }),
        ),
      ),
    clear: Effect.sync(() => book.clear()),
    rules: Effect.sync(() => book.rules),
    struck: Effect.sync(() => book.struck),
  }
}

/** Where something failed already, that is what there is to tell. */
const dieUnlessStruck = (
  exit: Exit.Exit<unknown, unknown>,
  neverStruck: () => string | undefined,
): Effect.Effect<void> => {
  const message = neverStruck()
  return message !== undefined && Exit.isSuccess(exit) ? Effect.die(new FaultNeverStruck({ message })) : Effect.void
}

const makeJournal = (ledger: Ledger): Context.Tag.Service<Journal> => ({
  entries: (operation) =>
    Effect.sync(() =>
      operation === undefined ? ledger.entries : ledger.entries.filter((entry) => entry.operation === operation),
    ),
  count: Effect.sync(() => ledger.count),
  clear: Effect.sync(() => ledger.clear()),
})

/**
 * A deployment with its mailbox, faults and journal. Dies with `IllegalArgumentException` when two of the given users have
 * the same username, e-mail address, id or credential, and with `FaultNeverStruck` when its scope closes after a success
 * and a fault rule has not struck.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Deployment | Faults | Journal | Mailbox> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const clock = yield* Clock.currentTimeMillis
      const now = options.now === undefined ? clock : DateTime.toEpochMillis(DateTime.unsafeMake(options.now))
      const seeded = seed(options, new Mailroom(), now)
      const backend: Backend = {
        machine: seeded.machine,
        faults: new FaultBook(
          options.seed ?? 0,
          new Set(Array.from(seeded.machine.endpoints.keys(), (row) => row.name)),
        ),
        ledger: new Ledger(options.journalSize ?? 10_000),
        offset: now - clock,
      }
      for (const rule of options.faults ?? []) backend.faults.add(rule)
      yield* Effect.addFinalizer((exit) => dieUnlessStruck(exit, () => backend.faults.neverStruck()))
      return Context.empty().pipe(
        Context.add(Deployment, makeService(backend, seeded)),
        Context.add(Faults, makeFaults(backend.faults)),
        Context.add(Journal, makeJournal(backend.ledger)),
        Context.add(Mailbox, makeMailbox(seeded.machine.mailroom)),
      )
    }),
  )
