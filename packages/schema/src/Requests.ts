/**
 * The request bodies.
 *
 * @example
 * import { UserCreateRequest } from "@effect-tiledb/schema"
 * import { Redacted, Schema } from "effect"
 *
 * const request: UserCreateRequest = { email: "ada@example.com", username: "ada", password: Redacted.make("correct horse") }
 * const body = Schema.encodeSync(UserCreateRequest)(request)
 *
 * @since 0.1.0
 */
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Model from "./internal/model.js"
import { missingFields } from "./Response.js"
import { User } from "./User.js"

const text = (description: string) => Schema.String.annotations({ description })

const maybe = Schema.UndefinedOr(Schema.String).annotations({
  title: "a string",
  message: () => ({ message: "should be a string", override: true }),
})

// An absent or `undefined` property is not sent.
const given = (description: string) =>
  Schema.optionalToOptional(text(description), maybe.annotations({ description }), {
    decode: (value) => value,
    encode: Option.filter((value): value is string => value !== undefined),
  }).annotations({ description })

const address = "The address that e-mails go to"

const UpdatableFields = {
  display_name: given("The name that other people see"),
  email: given(address),
  timezone: given("The user's time zone, for example Europe/Athens"),
  image: given("A picture as a data URL: data:image/png;base64,…"),
}

/**
 * The user to register.
 *
 * Source: the API's model `UserCreateRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserCreateRequest = Schema.Struct({
  display_name: UpdatableFields.display_name,
  email: text(address),
  username: text("The name to log in with"),
  password: Model.secretText("The password to log in with"),
  timezone: UpdatableFields.timezone,
  image: UpdatableFields.image,
}).annotations(Model.named("UserCreateRequest", "The user to register"))

/**
 * The user to register: `email`, `username`, `password` and optional properties.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserCreateRequest {
  /** The name that other people see. Default: the service chooses. */
  readonly display_name?: string | undefined
  /** The address that e-mails go to, the confirmation first. It is unique. */
  readonly email: string
  /** The name to log in with. It is unique. */
  readonly username: string
  /** The password to log in with, as `Redacted.make(text)`; its minimum length is up to the service. */
  readonly password: Redacted.Redacted<string>
  /** The user's time zone, for example `Europe/Athens`; the service accepts any text. Default: the service chooses. */
  readonly timezone?: string | undefined
  /** A picture as a data URL, `data:image/png;base64,…`. Default: none. */
  readonly image?: string | undefined
}

/** The annotation with the properties that a request may have without being sent: those of the copied entity. */
const CopiedId: unique symbol = Symbol.for("@effect-tiledb/schema/Copied")

/**
 * The changes to a user; absent properties are unchanged.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserUpdateRequest = Schema.Struct(UpdatableFields).annotations({
  ...Model.named("UserUpdateRequest", "What to change of a user; what is left out stays"),
  [CopiedId]: () => Object.keys(User.fields).filter((name) => !Object.hasOwn(UpdatableFields, name)),
})

/**
 * The changes to a user; absent or `undefined` properties are unchanged. A copy of the user with changes (`{ ...user,
 * display_name: "Ada" }`) is accepted: only these four properties are sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserUpdateRequest {
  /** The name that other people see; `""` empties it. Default: unchanged. */
  readonly display_name?: string | undefined
  /** The address that e-mails go to; a new one must be confirmed. Default: unchanged. */
  readonly email?: string | undefined
  /** The user's time zone, for example `Europe/Athens`; the service accepts any text. Default: unchanged. */
  readonly timezone?: string | undefined
  /** A picture as a data URL, `data:image/png;base64,…`. Default: unchanged. */
  readonly image?: string | undefined
}

/**
 * The current user's password and the one to replace it.
 *
 * Source: the API's model `ChangePasswordRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChangePasswordRequest = Schema.Struct({
  current_password: Model.secretText("The password in use now"),
  new_password: Model.secretText("The password to use from now on"),
}).annotations(Model.named("ChangePasswordRequest", "The current user's password and the one to replace it"))

/**
 * The current user's password and the one to replace it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangePasswordRequest {
  /** The current password, as `Redacted.make(text)`. */
  readonly current_password: Redacted.Redacted<string>
  /** The new password, as `Redacted.make(text)`. */
  readonly new_password: Redacted.Redacted<string>
}

const name = text("The username or the address of the user")

/**
 * The user who should get a new confirmation e-mail.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestEmailConfirmationRequest = Schema.Struct({ username_or_email: name }).annotations(
  Model.named("RequestEmailConfirmationRequest", "Who should get a new confirmation e-mail"),
)

/**
 * The user who should get a new confirmation e-mail.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestEmailConfirmationRequest {
  /** The username or the e-mail address of the user, not the id. */
  readonly username_or_email: string
}

/**
 * The user who should get a password-reset e-mail.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestPasswordResetRequest = Schema.Struct({ username_or_email: name }).annotations(
  Model.named("RequestPasswordResetRequest", "Who should get a password-reset e-mail"),
)

/**
 * The user who should get a password-reset e-mail.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestPasswordResetRequest {
  /** The username or the e-mail address of the user, not the id. */
  readonly username_or_email: string
}

/**
 * The password to set with a scoped token.
 *
 * Source: the API's model `ResetPasswordRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResetPasswordRequest = Schema.Struct({
  new_password: Model.secretText("The password to use from now on"),
}).annotations(Model.named("ResetPasswordRequest", "The password to set with a scoped token"))

/**
 * The password to set with a scoped token.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResetPasswordRequest {
  /** The new password, as `Redacted.make(text)`. */
  readonly new_password: Redacted.Redacted<string>
}

const copiedOf = AST.getAnnotation<() => ReadonlyArray<string>>(CopiedId)

/**
 * Keeps the updatable properties of a copied user. Drops properties that were missing in its response and are still the
 * empty text: sending them would erase the service's values. Other requests are unchanged, so that `{ role: "admin" }`
 * is refused and not dropped.
 */
const withoutCopied = (schema: Schema.Schema.All, request: unknown): unknown => {
  const copied = Option.map(copiedOf(schema.ast), (names) => names())
  if (Option.isNone(copied) || typeof request !== "object" || request === null) return request
  if (!Object.hasOwn(request, "id") && !Object.hasOwn(request, "created_at")) return request
  const missing = missingFields(request)
  return Object.fromEntries(
    Object.entries(request).filter(
      ([name, value]) => !copied.value.includes(name) && !(value === "" && missing.includes(name)),
    ),
  )
}

/** Leaves the properties out that are `undefined`, of plain objects and of those in lists. */
const withoutUndefined = (request: unknown): unknown => {
  if (Array.isArray(request)) return request.map(withoutUndefined)
  if (!Predicate.isRecord(request) || Object.getPrototypeOf(request) !== Object.prototype) return request
  const entries = Object.entries(request)
  return entries.every(([, value]) => value !== undefined)
    ? request
    : Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/**
 * Encodes a request (or a query) for the wire, or returns all of its issues:
 *
 * - `undefined` is left out, in the elements of a list too;
 * - an unknown property is refused by name: dropping a misspelt one would lose a change without an error;
 * - of a copy of a user (`{ ...user, display_name: "Ada" }`) only the updatable properties are taken.
 *
 * The issues contain the values, which may be secret: report their paths, not their values.
 *
 * @since 0.1.0
 * @category combinators
 */
export const encodeRequest = <A, I>(
  schema: Schema.Schema<A, I>,
): ((request: unknown) => Either.Either<I, ParseResult.ParseIssue>) => {
  const encode = ParseResult.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })
  return (request) => encode(withoutUndefined(withoutCopied(schema, request)))
}
