/**
 * An application with onboarding on TileDB: a new user gets an e-mail, confirms the address with the link in
 * it, and is let in. `examples/test/onboarding.test.ts` tests it without a network.
 */
import { RetryPolicy, type TileDBError, Users } from "@effect-tiledb/client"
import type { User, UserId } from "@effect-tiledb/schema"
import { Context, Data, Effect, Layer, Redacted } from "effect"

/** The name or the address belongs to another user; the form shows it at these fields. */
export class Taken extends Data.TaggedError("Taken")<{ readonly fields: ReadonlyArray<string> }> {}

/** The link in the e-mail has expired, or was used before. */
export class LinkExpired extends Data.TaggedError("LinkExpired") {}

/** The service cannot be reached now. `mayExist` is whether the account may exist nevertheless. */
export class TryLater extends Data.TaggedError("TryLater")<{ readonly mayExist: boolean }> {}

export interface Form {
  readonly username: string
  readonly email: string
  readonly password: Redacted.Redacted<string>
}

export class Onboarding extends Context.Tag("Onboarding")<
  Onboarding,
  {
    readonly register: (form: Form) => Effect.Effect<UserId, Taken | TryLater>
    readonly confirm: (linkToken: string) => Effect.Effect<void, LinkExpired | TryLater>
    readonly isIn: (id: UserId) => Effect.Effect<boolean, TryLater>
  }
>() {}

const later = (error: TileDBError.TileDBError) =>
  new TryLater({ mayExist: error._tag === "TransportError" && error.outcome === "Unknown" })

const isWelcome = (user: User) => user.is_valid_email === true

export const OnboardingLive = Layer.effect(
  Onboarding,
  Effect.map(Users.Users, (users) => ({
    register: (form) =>
      users.createUser(form).pipe(
        Effect.map(({ id }) => id),
        Effect.mapError((error) =>
          error._tag === "ApiError" && error.status === 409
            ? new Taken({ fields: (error.validationError?.fields ?? []).map(({ field }) => field) })
            : later(error),
        ),
      ),
    confirm: (linkToken) =>
      users
        .confirmEmail(Redacted.make(linkToken))
        .pipe(
          Effect.mapError((error) =>
            error._tag === "ApiError" && error.status === 401 ? new LinkExpired() : later(error),
          ),
        ),
    isIn: (id) =>
      users.getUser(id).pipe(
        Effect.map(isWelcome),
        Effect.catchTag("NotFound", () => Effect.succeed(false)),
        Effect.mapError(later),
        // A person waits for the page.
        RetryPolicy.withRetryPolicy(RetryPolicy.modify(RetryPolicy.standard, { deadline: "10 seconds" })),
      ),
  })),
)
