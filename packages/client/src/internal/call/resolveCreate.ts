import { Operations, type User, UserCreateRequest, type UserId, type UserSelf } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constUndefined } from "effect/Function"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../../Credentials.js"
import type { TileDBError } from "../../TileDBError.js"
import { invalidRequest } from "../failure/toError.js"
import { guarded } from "../runtime/guarded.js"
import { prepare } from "./prepare.js"

/**
 * The result of `resolveCreate`:
 *
 * - `Created`: there is an account, and it is ours: its name and password sign in (`SignedIn`), or there was none and
 *   the retry has created it (`CreatedNow`; `user` is `None` if that response could not be read);
 * - `NotCreated`: the service refuses the request, as it did the first time, and `error` is the reason;
 * - `CannotTell`: check manually. `exists` is true if an account with this username and this e-mail address exists; it is
 *   ours or another user's.
 *
 * @since 0.1.0
 * @category models
 */
export type CreateResolution =
  | {
      readonly _tag: "Created"
      /** The evidence. */
      readonly evidence: "SignedIn" | "CreatedNow"
      /** The account, as far as the service's response could be read. */
      readonly user: Option.Option<User>
      /** Its id, if the response has one. */
      readonly userId: Option.Option<UserId>
    }
  | {
      readonly _tag: "NotCreated"
      /** Why the service refuses the request. */
      readonly error: TileDBError
    }
  | {
      readonly _tag: "CannotTell"
      /** Why not, for a person to read; it names no user. */
      readonly reason: string
      /** Whether an account with this username and e-mail address is known to exist, whoever created it. */
      readonly exists: boolean
      /** The failure of the last request, if one failed. */
      readonly error: Option.Option<TileDBError>
    }

/** The methods of the service that are used. */
interface Service {
  readonly createUser: (request: UserCreateRequest) => Effect.Effect<User, TileDBError>
  readonly getSelfUser: Effect.Effect<UserSelf, TileDBError>
}

const created = (
  evidence: "SignedIn" | "CreatedNow",
  user: User | undefined,
  userId: UserId | undefined = user?.id,
): CreateResolution => ({
  _tag: "Created",
  evidence,
  user: Option.fromNullable(user),
  userId: Option.fromNullable(userId),
})

const notCreated = (error: TileDBError): CreateResolution => ({ _tag: "NotCreated", error })

const cannotTell = (reason: string, error?: TileDBError, exists = false): CreateResolution => ({
  _tag: "CannotTell",
  reason,
  exists,
  error: Option.fromNullable(error),
})

const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase()

/** Signs in as the new user; `undefined` if the response proves nothing, or if HTTP Basic cannot carry the names. */
const signIn = (users: Service, { email, password, username }: UserCreateRequest) =>
  Effect.match(Credentials.withCredentials(users.getSelfUser, Credentials.basic(username, password)), {
    onSuccess: ({ user }) =>
      same(user.username, username) && same(user.email, email)
        ? created("SignedIn", user)
        : cannotTell("the new user's username and password belong to another account"),
    onFailure: (error) =>
      error._tag === "InvalidRequest" || (error._tag === "ApiError" && (error.status === 401 || error.status === 403))
        ? undefined
        : cannotTell("the sign-in as the new user failed", error),
  })

/** The names that a refusal reports as taken. */
const takenNames = (error: TileDBError): ReadonlySet<string> =>
  new Set(
    error._tag === "ApiError" && error.status === 409 ? error.validationError?.fields.map(({ field }) => field) : [],
  )

/** Sends the request again: usernames and e-mail addresses are unique, so it cannot create a second account. */
const createAgain = (users: Service, request: UserCreateRequest): Effect.Effect<CreateResolution> =>
  Effect.map(Effect.either(users.createUser(request)), (again) => {
    if (Either.isRight(again)) return created("CreatedNow", again.right)
    const error = again.left
    const taken = takenNames(error)
    // A service that reports only the first conflict reports the same for our own account: one name proves nothing.
    if (taken.size > 0) {
      const exists = taken.has("username") && taken.has("email")
      const what = exists ? "username and e-mail address" : "username or e-mail address"
      return cannotTell(`an account with this ${what} exists, and it may be another user's`, error, exists)
    }
    if (error._tag === "DecodeError" && error.outcome === "Done") return created("CreatedNow", undefined, error.userId)
    const refused = error._tag === "ApiError" && error.outcome === "NotDone"
    return error._tag === "InvalidRequest" || (refused && (error.status === 400 || error.status === 422))
      ? notCreated(error)
      : cannotTell("the retry of the request failed", error)
  })

/** What was given, read once: a getter of the caller may say something else each time, or throw. */
const read = (given: unknown): Either.Either<UserCreateRequest, TileDBError> =>
  Either.map(prepare(Operations.createUser, { request: given }), ({ body }) =>
    ParseResult.decodeUnknownSync(UserCreateRequest)(body && Redacted.value(body)),
  )

export const resolveCreate = (
  users: Service,
  given: UserCreateRequest,
  options: { readonly createAgain?: boolean | undefined } | null | undefined,
): Effect.Effect<CreateResolution> =>
  Effect.suspend(() => {
    const again = guarded<unknown>(() => options?.createAgain ?? true, constUndefined)
    const message = "should be true or false"
    if (typeof again !== "boolean") {
      return Effect.succeed(notCreated(invalidRequest(Operations.createUser, [{ path: "createAgain", message }])))
    }
    const request = read(given)
    if (Either.isLeft(request)) return Effect.succeed(notCreated(request.left))
    return Effect.flatMap(signIn(users, request.right), (known) =>
      known !== undefined
        ? Effect.succeed(known)
        : again
          ? createAgain(users, request.right)
          : Effect.succeed(cannotTell("the sign-in as the new user was refused, which proves nothing")),
    )
  })
