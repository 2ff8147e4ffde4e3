import type { User, UserCreateRequest, UserId, UserSelf } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Credentials from "../../Credentials.js"
import type { TileDBError } from "../../TileDBError.js"

/**
 * The result of a `createUser` whose outcome is `Unknown`:
 *
 * - `Created`: there is an account, and it is ours: its name and password sign in (`SignedIn`), or there was none and
 *   the repeated request has created it (`CreatedNow`; `user` is absent if that response could not be read);
 * - `NotCreated`: the service refuses the request, as it did the first time, and `error` is the reason;
 * - `CannotTell`: check manually; `exists` if there is an account with this username and this e-mail address, which may
 *   be another user's.
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
      readonly user: User | undefined
      /** Its id, if the response has one. */
      readonly userId: UserId | undefined
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
      /** Whether there is an account with this username and e-mail address, whoever created it. */
      readonly exists: true | undefined
      /** The failure of the last request. */
      readonly error: TileDBError | undefined
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
): CreateResolution => ({ _tag: "Created", evidence, user, userId })

const notCreated = (error: TileDBError): CreateResolution => ({ _tag: "NotCreated", error })

const cannotTell = (reason: string, exists?: true, error?: TileDBError): CreateResolution => ({
  _tag: "CannotTell",
  reason,
  exists,
  error,
})

const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase()

/** Signs in as the new user; `undefined` if the response proves nothing. */
const signIn = (users: Service, { email, password, username }: UserCreateRequest) =>
  Effect.matchEffect(
    Effect.try(() => Credentials.basic(username, password)),
    {
      // Not every username is valid in HTTP Basic.
      onFailure: () => Effect.succeed(undefined),
      onSuccess: (credentials) =>
        Effect.match(Credentials.withCredentials(users.getSelfUser, credentials), {
          onSuccess: ({ user }) =>
            same(user.username, username) && same(user.email, email)
              ? created("SignedIn", user)
              : cannotTell("the new user's name and password sign somebody else in"),
          onFailure: (error) =>
            error._tag === "ApiError" && (error.status === 401 || error.status === 403)
              ? undefined
              : cannotTell("nobody could be signed in", undefined, error),
        }),
    },
  )

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
    if (taken.has("username") && taken.has("email")) {
      return cannotTell(
        "an account with this username and e-mail address exists; who made it is not known",
        true,
        error,
      )
    }
    if (error._tag === "DecodeError" && error.outcome === "Done") return created("CreatedNow", undefined, error.userId)
    const refused = error._tag === "ApiError" && error.outcome === "NotDone"
    return taken.size > 0 ||
      error._tag === "InvalidRequest" ||
      (refused && (error.status === 400 || error.status === 422))
      ? notCreated(error)
      : cannotTell("the request could not be sent again", undefined, error)
  })

export const resolveCreate = (
  users: Service,
  request: UserCreateRequest,
  again: boolean,
): Effect.Effect<CreateResolution> =>
  Effect.flatMap(signIn(users, request), (known) =>
    known !== undefined
      ? Effect.succeed(known)
      : again
        ? createAgain(users, request)
        : Effect.succeed(cannotTell("the new user could not be signed in, which proves nothing")),
  )
