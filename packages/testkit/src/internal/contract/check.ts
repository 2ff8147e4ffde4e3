import { type Credentials, type TileDBError, Users } from "@effect-tiledb/client"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { YieldWrap } from "effect/Utils"
import * as Mailbox from "../../Mailbox.js"

/**
 * The same service for other callers: the contract also covers permissions.
 *
 * @since 0.1.0
 * @category tags
 */
export class Callers extends Context.Tag("@effect-tiledb/testkit/Contract/Callers")<
  Callers,
  { readonly as: (credentials: Credentials.Credentials) => Effect.Effect<Users.Service> }
>() {}

/**
 * A case of the contract does not hold: `message` has the expected and the actual value.
 *
 * @since 0.1.0
 * @category errors
 */
export class Violation extends Data.TaggedError("ContractViolation")<{
  /** The expected and the actual value. */
  readonly message: string
}> {}

/**
 * One case of the contract: succeeds if it holds, otherwise fails with the difference.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case<E, R> {
  /** The rule, as the name of a test. */
  readonly name: string
  /** Checks the rule; fails with a `Violation` if it does not hold. */
  readonly run: Effect.Effect<void, E | Violation, R>
}

type Steps<R> = Generator<YieldWrap<Effect.Effect<unknown, Violation, R>>, void, never>

/** A case of these steps, for the service of its environment. */
export const make = <R>(name: string, steps: (users: Users.Service) => Steps<R>): Case<never, R | Users.Users> => ({
  name,
  run: Effect.flatMap(Users.Users, (users) => Effect.gen(() => steps(users))),
})

const show = (value: unknown): string => JSON.stringify(value) ?? "undefined"

/** Compares values by their JSON. */
export const same = (what: string, actual: unknown, expected: unknown): Effect.Effect<void, Violation> =>
  show(actual) === show(expected)
    ? Effect.void
    : Effect.fail(new Violation({ message: `${what}: expected ${show(expected)}, but it was ${show(actual)}` }))

export const holds = (what: string, condition: boolean): Effect.Effect<void, Violation> =>
  condition ? Effect.void : Effect.fail(new Violation({ message: `${what}: it does not hold` }))

/** Expects a call to succeed. The error's text begins with the operation. */
export const works = <A, R>(call: Effect.Effect<A, TileDBError.TileDBError, R>) =>
  Effect.mapError(call, ({ _tag, message }) => new Violation({ message: `${message} (${_tag})` }))

/** Reads the token of the newest e-mail of this kind. */
export const tokenFor = (to: string, kind: Mailbox.Message["kind"]) =>
  Effect.mapBoth(Effect.flatten(Mailbox.latest({ to, kind })), {
    onFailure: () => new Violation({ message: `There is no ${kind} e-mail to ${to}` }),
    onSuccess: ({ token }) => token,
  })

type Expected = `NotFound` | `InvalidRequest` | `ApiError ${number}`

const inShort = (error: TileDBError.TileDBError): string =>
  error._tag === "ApiError" ? `ApiError ${error.status}` : error._tag

/** Expects a call to fail in a certain way, and succeeds with its error. */
export const fails = <A, R>(
  what: string,
  call: Effect.Effect<A, TileDBError.TileDBError, R>,
  expected: Expected,
): Effect.Effect<TileDBError.TileDBError, Violation, R> =>
  Effect.matchEffect(call, {
    onFailure: (error) => Effect.as(same(what, inShort(error), expected), error),
    onSuccess: () => Effect.fail(new Violation({ message: `${what}: expected ${expected}, but it worked` })),
  })

/** The fields that an error refers to. */
export const fieldsOf = (error: TileDBError.TileDBError): ReadonlyArray<string> =>
  "validationError" in error ? (error.validationError?.fields ?? []).map(({ field }) => field) : []
