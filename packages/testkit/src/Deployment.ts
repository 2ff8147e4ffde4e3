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
import { qualifiedName, type User, type UserId } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Faults from "./Faults.js"
import { respond } from "./internal/api/invitations.js"
import * as Accounts from "./internal/deployment/accounts.js"
import { type Backend, capture, load, type Moment, moveClock, nowOf, restore } from "./internal/deployment/backend.js"
import { guarded, named } from "./internal/deployment/guarded.js"
import { type Options, seed } from "./internal/deployment/seed.js"
import { FaultBook } from "./internal/faults/faultBook.js"
import { Ledger } from "./internal/journal/ledger.js"
import { InFlight } from "./internal/state/inFlight.js"
import type { UserChanges, UserSeed } from "./internal/state/userSeed.js"
import * as Journal from "./Journal.js"
import * as Mailbox from "./Mailbox.js"

export type { PeoplePolicy } from "./internal/api/peoplePolicy.js"
export type { PartialPolicy, Policy } from "./internal/api/policy.js"
export type { Options } from "./internal/deployment/seed.js"
export type { UserChanges } from "./internal/state/userSeed.js"
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
  readonly #moment: Moment

  /** @internal */
  constructor(backend: Backend) {
    this.#moment = capture(backend)
  }

  /** @internal */
  restoreTo(backend: Backend): void {
    restore(backend, this.#moment)
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
  /**
   * Accepts or rejects an invitation as the invited person does, with the token of the e-mail. Fails if there is no open
   * invitation with it, or if no user with its address can accept it.
   */
  readonly answerInvitation: (
    token: Redacted.Redacted<string>,
    answer: "accept" | "reject",
  ) => Effect.Effect<void, Cause.NoSuchElementException>
  /** The deployment's time. */
  readonly now: Effect.Effect<DateTime.Utc>
  /**
   * Moves the deployment's time forward or back; fibers that wait for the `Clock` are not affected. Dies with
   * `IllegalArgumentException` beyond the year 9999, as `setTime` does.
   */
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
  /**
   * The whole state as versioned JSON, including secrets; of another group, if it has a `schema` of its state. The cost
   * grows with the number of users.
   */
  readonly exportState: Effect.Effect<JsonState>
  /**
   * Replaces the state by the result of `exportState`; an error names the place in the JSON that is invalid or contradicts
   * the rest: a username of two users, a member or a workspace that is not there.
   */
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
  readonly version: 1 | 2
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
  Effect.map(nowOf(backend), evaluate).pipe(
    Effect.catchAllDefect((error) =>
      Cause.isIllegalArgumentException(error) ? Effect.fail(error) : Effect.die(error),
    ),
  )

const makeService = (backend: Backend, first: () => Moment, faults: ReadonlyArray<Faults.Rule>): Service => {
  const { machine } = backend
  const { state } = machine
  let start = first
  const find = (idOrName: string) =>
    Effect.suspend(() => Effect.fromNullable(state.byId(idOrName) ?? state.byUsernameOrEmail(idOrName))).pipe(
      Effect.mapError(() => new Cause.NoSuchElementException(`There is no user ${idOrName}`)),
    )
  const issue = (prefix: "tiledb" | "bearer", table: "apiKeys" | "bearers") => (userId: UserId) =>
    Effect.map(find(userId), ({ user }) => {
      const secret = state.random.secret(prefix)
      state.tables[table].set(secret, user.id)
      return Redacted.make(secret)
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
    issueApiKey: issue("tiledb", "apiKeys"),
    issueBearer: issue("bearer", "bearers"),
    revoke: (secret) => Effect.sync(() => state.forget(Redacted.value(secret))),
    users: Effect.sync(() => Array.from(state.tables.accounts.values(), ({ user }) => user)),
    user: (idOrName) => Effect.option(Effect.map(find(idOrName), ({ user }) => user)),
    size: Effect.sync(() => state.tables.accounts.size),
    add: (user) => attempt(backend, (now) => Accounts.add(machine, user, now).user),
    change: (idOrName, changes) =>
      Effect.flatMap(find(idOrName), (account) =>
        attempt(backend, (now) => Accounts.change(machine, account, changes, now)),
      ),
    answerInvitation: (token, answer) =>
      Effect.flatMap(nowOf(backend), (now) => {
        const problem = respond(machine, Redacted.value(token), answer === "accept", now)
        return problem === undefined ? Effect.void : Effect.fail(new Cause.NoSuchElementException(problem))
      }),
    now: Effect.map(nowOf(backend), (now) => DateTime.unsafeMake(now)),
    advance: (duration) => Effect.sync(() => moveClock(backend, backend.clock.offset + Duration.toMillis(duration))),
    setTime: (now) =>
      Effect.map(Clock.currentTimeMillis, (clock) =>
        moveClock(backend, DateTime.toEpochMillis(DateTime.unsafeMake(now)) - clock),
      ),
    snapshot: Effect.sync(() => new Snapshot(backend)),
    restore: (snapshot) => Effect.sync(() => snapshot.restoreTo(backend)),
    reset: Effect.sync(() => {
      load(backend, start())
      machine.rateLimiter?.clear()
      backend.ledger.clear()
      backend.faults.clear()
      for (const rule of faults) backend.faults.add(rule)
    }),
    exportState: Effect.flatMap(stateDocument, ({ encode }) => encode(capture(backend))),
    importState: (json) =>
      Effect.map(
        Effect.flatMap(stateDocument, ({ decode }) => decode(json, machine.groups)),
        (moment) => {
          start = () => moment
          load(backend, moment)
        },
      ),
  }
  return Object.defineProperty(Object.assign(service, { [BackendId]: backend }), BackendId, { enumerable: false })
}

/**
 * A deployment with its mailbox, faults and journal. Dies with `IllegalArgumentException` if two of the given users
 * have the same username, e-mail address, id or credential. Dies with `FaultNeverStruck` if its scope closes after a
 * success and a fault rule has not applied to a call.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {},
): Layer.Layer<Deployment | Faults.Faults | Journal.Journal | Mailbox.Mailbox> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const clock = yield* Clock.currentTimeMillis
      const now = options.now === undefined ? clock : DateTime.toEpochMillis(DateTime.unsafeMake(options.now))
      const { machine, owner } = seed(options, now)
      const names = new Set(Array.from(machine.endpoints.keys(), qualifiedName))
      const backend: Backend = {
        machine,
        owner,
        faults: new FaultBook(options.seed ?? 0, names),
        ledger: new Ledger(options.journalSize ?? 10_000),
        inFlight: new InFlight(),
        clock: { offset: 0 },
      }
      moveClock(backend, now - clock)
      // Made again where it is needed: most tests reset nothing.
      const first = () => capture({ ...seed(options, now), clock: { offset: now - clock } })
      const rules = options.faults ?? []
      for (const rule of rules) backend.faults.add(rule)
      yield* Effect.addFinalizer((exit) => Faults.dieUnlessStruck(exit, () => backend.faults.neverStruck()))
      return Context.empty().pipe(
        Context.add(Deployment, guarded("Deployment", makeService(backend, first, rules))),
        Context.add(Faults.Faults, guarded("Faults", Faults.make(backend.faults))),
        Context.add(Journal.Journal, guarded("Journal", Journal.make(backend.ledger))),
        Context.add(Mailbox.Mailbox, guarded("Mailbox", Mailbox.make(machine.mailroom, backend.inFlight))),
      )
    }).pipe(named("Deployment.layer", options)),
  )
