/**
 * One deployment in memory, for every interface of this package: `TestUsers`, `TestHttpClient` and `TestServer` over
 * the same deployment share its users, e-mails, faults and journal.
 *
 * Everything in it is deterministic: ids, tokens and request ids come from `seed`, time from the `Clock`.
 *
 * @example
 * import { Deployment, Fixtures, TestUsers } from "@effect-tiledb/testkit"
 * import { Credentials } from "@effect-tiledb/client"
 * import { Layer } from "effect"
 *
 * // Two callers over one deployment.
 * const deployment = Deployment.layer({ seed: 7, users: [Fixtures.user("ada")] })
 * const asOwner = TestUsers.layerDeployment().pipe(Layer.provide(deployment))
 * const asAda = TestUsers.layerDeployment({
 *   credentials: Credentials.basic("ada", Fixtures.password("ada")),
 * }).pipe(Layer.provide(deployment))
 *
 * @since 0.1.0
 */
import type { User, UserId } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import { FaultNeverStruck, Faults, type Rule } from "./Faults.js"
import type { UserSeed } from "./Fixtures.js"
import { type Backend, nowOf } from "./internal/deployment/backend.js"
import type { Moment, UserChanges } from "./internal/deployment/lifecycle.js"
import * as Lifecycle from "./internal/deployment/lifecycle.js"
import { add, type Options, seed } from "./internal/deployment/seed.js"
import { FaultBook } from "./internal/faults/faultBook.js"
import { Ledger } from "./internal/journal/ledger.js"
import { type Filter, Mailroom, type Message } from "./internal/state/mailroom.js"
import type { StateSnapshot } from "./internal/state/state.js"
import { Journal } from "./Journal.js"
import { Mailbox } from "./Mailbox.js"

export type { PartialPolicy, Policy } from "./internal/api/policy.js"
export type { UserChanges } from "./internal/deployment/lifecycle.js"
export type { Options } from "./internal/deployment/seed.js"

export type { WorkspaceSeed } from "./internal/state/workspace.js"

/**
 * The key of the part that is private to this package.
 *
 * @internal
 */
export const BackendId: unique symbol = Symbol.for("@effect-tiledb/testkit/Deployment/backend")

/**
 * The whole state of a deployment: its users, their credentials, tokens and e-mails, and its randomness (so that a
 * program runs in the same way after each `restore`). Printing it shows none of this.
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
 * Access to the state of a deployment, and the credentials of its owner.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The id of the seeded owner, whose username is `owner`. */
  readonly ownerId: UserId
  /** An API key of the seeded owner. */
  readonly apiKey: Redacted.Redacted<string>
  /** A bearer token of the seeded owner. */
  readonly bearer: Redacted.Redacted<string>
  /** Issues another API key for a user. */
  readonly issueApiKey: (userId: UserId) => Effect.Effect<Redacted.Redacted<string>, Cause.NoSuchElementException>
  /** Issues another bearer token for a user. */
  readonly issueBearer: (userId: UserId) => Effect.Effect<Redacted.Redacted<string>, Cause.NoSuchElementException>
  /** Revokes an API key or a bearer token: requests with it get a 401. */
  readonly revoke: (secret: Redacted.Redacted<string>) => Effect.Effect<void>
  /** All users, in the order in which they were created. */
  readonly users: Effect.Effect<ReadonlyArray<User>>
  /** The user with this id, username or e-mail address. */
  readonly user: (idOrName: string) => Effect.Effect<Option.Option<User>>
  /** How many users there are. */
  readonly size: Effect.Effect<number>
  /** Adds a user, as `users` of the options does; fails if the username, address, id or credential is taken. */
  readonly add: (user: UserSeed) => Effect.Effect<User, Cause.IllegalArgumentException>
  /** Changes any property of the user with this id, username or e-mail address, even where the API cannot. */
  readonly change: (
    idOrName: string,
    changes: UserChanges,
  ) => Effect.Effect<User, Cause.NoSuchElementException | Cause.IllegalArgumentException>
  /** The deployment's time. */
  readonly now: Effect.Effect<DateTime.Utc>
  /** Moves the deployment's time forward or back; fibers that wait for the `Clock` are not affected. */
  readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** Sets the deployment's time, which then advances with the `Clock`. */
  readonly setTime: (now: DateTime.DateTime.Input) => Effect.Effect<void>
  /** The current state of the deployment. The cost grows with the number of users. */
  readonly snapshot: Effect.Effect<Snapshot>
  /** Restores the deployment's state; clock, faults and journal are unchanged. */
  readonly restore: (snapshot: Snapshot) => Effect.Effect<void>
  /**
   * Restores the state at the start, or at the last import: users, e-mails, randomness, clock, faults, empty journal.
   */
  readonly reset: Effect.Effect<void>
  /** The whole state as versioned JSON, including secrets. The cost grows with the number of users. */
  readonly exportState: Effect.Effect<JsonState>
  /** Replaces the state by the result of `exportState`; an error names the invalid place in the JSON. */
  readonly importState: (json: unknown) => Effect.Effect<void, ParseResult.ParseError>
  /** @internal */
  readonly [BackendId]: Backend
}

/**
 * A deployment as JSON, for `importState`; its content is not part of the API.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonState {
  /** The name of the format. */
  readonly format: "effect-tiledb-testkit"
  /** The version of the format. */
  readonly version: 1
}

/**
 * The tag of the service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Deployment extends Context.Tag("@effect-tiledb/testkit/Deployment")<Deployment, Service>() {}

// Loaded at its first use: most tests export no state.
const stateDocument = Effect.promise(() => import("./internal/deployment/stateDocument.js"))

const attempt = <A>(backend: Backend, evaluate: (now: number) => A): Effect.Effect<A, Cause.IllegalArgumentException> =>
  Effect.flatMap(nowOf(backend), (now) =>
    Effect.try({ try: () => evaluate(now), catch: (error) => error }).pipe(
      Effect.catchAll((error) => (Cause.isIllegalArgumentException(error) ? Effect.fail(error) : Effect.die(error))),
    ),
  )

const makeService = (backend: Backend, first: () => Moment, faults: ReadonlyArray<Rule>): Service => {
  const { machine } = backend
  const { state } = machine
  let start = first
  const find = (idOrName: string) => state.byId(idOrName) ?? state.byUsernameOrEmail(idOrName)
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
    get ownerId() {
      return backend.owner.id
    },
    get apiKey() {
      return backend.owner.apiKey
    },
    get bearer() {
      return backend.owner.bearer
    },
    issueApiKey: issue("tiledb", (userId, key) => state.addApiKey(userId, key)),
    issueBearer: issue("bearer", (userId, token) => state.addBearer(userId, token)),
    revoke: (secret) => Effect.sync(() => state.forget(Redacted.value(secret))),
    users: Effect.sync(() => Array.from(state.accounts(), ({ user }) => user)),
    user: (idOrName) => Effect.sync(() => Option.fromNullable(find(idOrName)?.user)),
    size: Effect.sync(() => state.size),
    add: (user) => attempt(backend, (now) => add(machine, user, now).user),
    change: (idOrName, changes) =>
      Effect.flatMap(
        Effect.suspend(() => Effect.fromNullable(find(idOrName))).pipe(
          Effect.mapError(() => new Cause.NoSuchElementException(`There is no user ${idOrName}`)),
        ),
        (account) => attempt(backend, (now) => Lifecycle.change(machine, account, changes, now)),
      ),
    now: Effect.map(nowOf(backend), (now) => DateTime.unsafeMake(now)),
    advance: (duration) =>
      Effect.sync(() => {
        backend.clock.offset += Duration.toMillis(duration)
      }),
    setTime: (now) =>
      Effect.map(Clock.currentTimeMillis, (clock) => {
        backend.clock.offset = DateTime.toEpochMillis(DateTime.unsafeMake(now)) - clock
      }),
    snapshot: Effect.sync(() => new Snapshot(backend)),
    restore: (snapshot) => Effect.sync(() => snapshot.restoreTo(backend)),
    reset: Effect.sync(() => {
      Lifecycle.load(backend, start())
      machine.rateLimiter?.clear()
      backend.ledger.clear()
      backend.faults.clear()
      for (const rule of faults) backend.faults.add(rule)
    }),
    exportState: Effect.flatMap(stateDocument, ({ encode }) => encode(backend)),
    importState: (json) =>
      Effect.map(
        Effect.flatMap(stateDocument, ({ decode }) => decode(json)),
        (moment) => {
          start = () => moment
          Lifecycle.load(backend, moment)
        },
      ),
  }
  return Object.defineProperty(Object.assign(service, { [BackendId]: backend }), BackendId, { enumerable: false })
}

/** A test clock may never reach the timeout; then this is the timeout in real time. */
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

/** After a failure, that failure is reported instead. */
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
 * A deployment with its mailbox, faults and journal. Dies with `IllegalArgumentException` if two of the given users
 * have the same username, e-mail address, id or credential. Dies with `FaultNeverStruck` if its scope closes after a
 * success and a fault rule has never struck.
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
      const rules = options.faults ?? []
      const offset = now - clock
      const first = (): Moment => {
        const { machine, owner } = seed(options, new Mailroom(), now)
        return { state: machine.state.snapshot, messages: machine.mailroom.snapshot, offset, owner }
      }
      const backend: Backend = {
        machine: seeded.machine,
        owner: seeded.owner,
        faults: new FaultBook(
          options.seed ?? 0,
          new Set(Array.from(seeded.machine.endpoints.keys(), (row) => row.name)),
        ),
        ledger: new Ledger(options.journalSize ?? 10_000),
        clock: { offset },
      }
      for (const rule of rules) backend.faults.add(rule)
      yield* Effect.addFinalizer((exit) => dieUnlessStruck(exit, () => backend.faults.neverStruck()))
      return Context.empty().pipe(
        Context.add(Deployment, makeService(backend, first, rules)),
        Context.add(Faults, makeFaults(backend.faults)),
        Context.add(Journal, makeJournal(backend.ledger)),
        Context.add(Mailbox, makeMailbox(seeded.machine.mailroom)),
      )
    }),
  )
