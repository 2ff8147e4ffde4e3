/**
 * One of the soak's callers: calls the ten operations at random on users of its own, knows at any time what the service
 * may and must hold of them, and notes every answer that does not fit.
 */
import type { TileDBError, Users } from "@effect-tiledb/client"
import type { OperationName, ScopedToken, User, UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"

/** A user that is there for certain, with every value that its fields may have. */
interface Known {
  readonly username: string
  readonly id: UserId
  readonly names: Set<string>
  readonly confirmed: Set<boolean>
  readonly usedTokens: Set<string>
}

/** What a call's end says about its effect. */
export type Told = "done" | "nothing" | "unknown"

/** What all workers write to. */
export interface Ledger {
  /** Users that must be there. */
  readonly certain: Map<string, { readonly names: ReadonlySet<string>; readonly confirmed: ReadonlySet<boolean> }>
  /** Users that may be there: the last that was heard of their creation or deletion is nothing. */
  readonly uncertain: Set<string>
  readonly told: Record<string, Record<Told, number>>
  readonly results: Record<string, number>
  readonly violations: Array<string>
  calls: number
  longest: number
}

export const tally = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

export const makeLedger = (): Ledger => ({
  certain: new Map(),
  uncertain: new Set(),
  told: {},
  results: {},
  violations: [],
  calls: 0,
  longest: 0,
})

export interface Service {
  readonly users: Users.Service
  readonly ownerId: UserId
  /** The newest token that a user got by e-mail, if any. */
  readonly newestToken: (to: string, kind: "confirm_email" | "password_reset") => Effect.Effect<ScopedToken | undefined>
}

const injected = new Set([408, 429, 500, 502, 503, 504])

const tellings = { NotSent: "nothing", NotDone: "nothing", Unknown: "unknown", Done: "done" } as const

/** What an error says about the effect; `undefined` when there is no way it should have come. */
const toldBy = (error: TileDBError.TileDBError): Told | undefined =>
  error._tag === "InvalidRequest" ||
  error._tag === "NotFound" ||
  // After an attempt whose answer was lost, a 404 whose body breaks off proves nothing, and says so.
  (error._tag === "ApiError" && !injected.has(error.status) && error.outcome !== "Unknown")
    ? undefined
    : tellings[error.outcome]

const password = Redacted.make("correct horse battery staple")

export const makeWorker = (number: number, service: Service, ledger: Ledger) => {
  const { users } = service
  const own: Array<Known> = []
  const ownerPasswords = new Set(["pw-owner"])
  let serial = 0

  const violation = (text: string) => void ledger.violations.push(`worker ${number}: ${text}`)

  /** Makes one call, and files its end. */
  const call = <A>(
    name: OperationName,
    effect: Effect.Effect<A, TileDBError.TileDBError>,
    expected?: (error: TileDBError.TileDBError) => boolean,
  ) =>
    Effect.gen(function* () {
      const started = performance.now()
      const result = yield* effect.pipe(
        Effect.either,
        Effect.catchAllDefect((defect) => Effect.succeed(`defect ${String(defect)}`)),
        Effect.timeoutTo({ duration: "60 seconds", onSuccess: (_) => _, onTimeout: () => "hung" }),
      )
      ledger.calls += 1
      ledger.longest = Math.max(ledger.longest, performance.now() - started)
      if (typeof result === "string") {
        violation(`${name}: ${result}`)
        return { told: "unknown" as const, value: undefined }
      }
      const told = Either.isRight(result) ? "done" : toldBy(result.left)
      const label = Either.match(result, {
        onLeft: (error) =>
          "status" in error
            ? `${error._tag} ${error.status}`
            : error._tag === "TransportError"
              ? `${error._tag} ${error.reason}`
              : error._tag,
        onRight: () => "success",
      })
      tally(ledger.results, label)
      if (told === undefined && Either.isLeft(result) && expected?.(result.left) !== true) {
        violation(`${name}: ${result.left.message}`)
      }
      ledger.told[name] ??= { done: 0, nothing: 0, unknown: 0 }
      ledger.told[name][told ?? "nothing"] += 1
      return { told: told ?? "nothing", value: Either.getOrUndefined(result) }
    })

  const checkUser = (known: Known, user: User) => {
    const { username } = known
    if (user.username !== username || user.id !== known.id || user.email !== `${username}@example.com`) {
      violation(`getUser: asked for ${username}, got ${user.username}`)
    }
    if (!known.names.has(user.display_name)) violation(`getUser: ${username} is called ${user.display_name}`)
    if (!known.confirmed.has(user.is_valid_email === true)) violation(`getUser: ${username}, is_valid_email is wrong`)
    narrow(known.names, user.display_name)
    narrow(known.confirmed, user.is_valid_email === true)
  }

  const narrow = <A>(values: Set<A>, value: A) => {
    values.clear()
    values.add(value)
  }

  const create = Effect.gen(function* () {
    const username = `w${number}-u${serial++}`
    const { told, value } = yield* call(
      "createUser",
      users.createUser({ username, email: `${username}@example.com`, password, display_name: username }),
    )
    if (value !== undefined) {
      const known: Known = {
        username,
        id: value.id,
        names: new Set([username]),
        confirmed: new Set([false]),
        usedTokens: new Set(),
      }
      checkUser(known, value)
      own.push(known)
      ledger.certain.set(username, known)
    } else if (told === "done") {
      // Created, but the answer could not be read: there for certain, under an id that nobody knows.
      ledger.certain.set(username, { names: new Set([username]), confirmed: new Set([false]) })
    } else if (told === "unknown") ledger.uncertain.add(username)
  })

  const read = (known: Known) =>
    Effect.map(call("getUser", users.getUser(known.id)), ({ value }) => {
      if (value !== undefined) checkUser(known, value)
    })

  const update = (known: Known) =>
    Effect.gen(function* () {
      const display_name = `${known.username} v${serial++}`
      const { told } = yield* call("updateUser", users.updateUser(known.id, { display_name }))
      if (told === "done") narrow(known.names, display_name)
      if (told === "unknown") known.names.add(display_name)
    })

  const remove = (known: Known) =>
    Effect.gen(function* () {
      const { told } = yield* call("deleteUser", users.deleteUser(known.id))
      if (told === "nothing") return
      own.splice(own.indexOf(known), 1)
      ledger.certain.delete(known.username)
      if (told === "unknown") ledger.uncertain.add(known.username)
    })

  const self = Effect.map(call("getSelfUser", users.getSelfUser), ({ value }) => {
    if (value !== undefined && value.user.id !== service.ownerId) violation(`getSelfUser: ${value.user.id}`)
  })

  /** Asks for a token by e-mail, and uses it for one call at the most. */
  const byEmail = (known: Known, kind: "confirm_email" | "password_reset") =>
    Effect.gen(function* () {
      const request = { username_or_email: known.username }
      yield* kind === "confirm_email"
        ? call("requestEmailConfirmation", users.requestEmailConfirmation(request))
        : call("requestPasswordReset", users.requestPasswordReset(request))
      const token = yield* service.newestToken(known.username, kind)
      if (token === undefined || known.usedTokens.has(Redacted.value(token))) return
      known.usedTokens.add(Redacted.value(token))
      if (kind === "password_reset") {
        yield* call("resetPassword", users.resetPassword(token, { new_password: password }))
        return
      }
      const { told } = yield* call("confirmEmail", users.confirmEmail(token))
      if (told === "done") narrow(known.confirmed, true)
      if (told === "unknown") known.confirmed.add(true)
    })

  const changePassword = Effect.gen(function* () {
    const next = `pw-${serial++}`
    const [current = ""] = ownerPasswords
    const { told } = yield* call(
      "changePassword",
      users.changePassword({ current_password: Redacted.make(current), new_password: Redacted.make(next) }),
      // Which of two passwords is the right one may have to be found out.
      (error) =>
        error._tag === "ApiError" && error.status === 400 && ownerPasswords.size > 1 && ownerPasswords.delete(current),
    )
    if (told === "done") narrow(ownerPasswords, next)
    if (told === "unknown") ownerPasswords.add(next)
  })

  /** One step: a call or two. Only one worker changes the owner's password. */
  const step = Effect.gen(function* () {
    const [known] = own.length === 0 ? [] : [own[yield* Random.nextIntBetween(0, own.length)]]
    const dice = yield* Random.nextIntBetween(0, 100)
    if (known === undefined || own.length < 3 || (dice < 10 && own.length < 8)) return yield* create
    if (dice < 45) return yield* read(known)
    if (dice < 60) return yield* update(known)
    if (dice < 72) return yield* remove(known)
    if (dice < 84) return yield* byEmail(known, "confirm_email")
    if (dice < 92) return yield* byEmail(known, "password_reset")
    return yield* number === 0 && dice < 97 ? changePassword : self
  })

  return step
}
