import { APIToken, Invitation, User, UserId, WorkspaceId } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"

// What a deployment keeps, as values and as JSON. Imported as types only where no JSON is read or written: most tests
// export no state.

const Text = Schema.String
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const byText = <A, I>(value: Schema.Schema<A, I>) => Schema.ReadonlyMapFromRecord({ key: Text, value })

/** A user with its private data; replaced, never mutated. */
export const Account = Schema.Struct({
  user: User,
  password: Text,
  /** Incremented by each change of the password: reset tokens of an earlier password are invalid. */
  passwordVersion: Schema.Int,
})
export type Account = typeof Account.Type

/** A scoped token and its purpose. It is valid while the address, or the password, is the same as at its issue. */
export const Grant = Schema.Struct({
  token: Text,
  userId: UserId,
  scope: Schema.Literal("confirm_email", "password_reset"),
  email: Text,
  passwordVersion: Schema.Int,
  expiresAt: Schema.Number,
})
export type Grant = typeof Grant.Type

/** A token of `createToken`; its key is that of the table. */
export const OwnToken = Schema.Struct({ userId: UserId, token: APIToken })
export type OwnToken = typeof OwnToken.Type

/** An invitation, with the secret of its e-mail, until it is accepted, rejected or revoked, and afterwards. */
export const Sent = Schema.Struct({ invitation: Invitation, secret: Text, open: Schema.Boolean })
export type Sent = typeof Sent.Type

const Role = Schema.Literal("owner", "admin", "member")
export type Role = typeof Role.Type

/** A membership that began or changed after the start; kept when it ends. */
const Membership = Schema.Struct({
  ...{ role: Text, addedBy: UserId, createdAt: Schema.DateTimeUtc },
  deletedAt: optional(Schema.DateTimeUtc),
})
export type Membership = typeof Membership.Type

/**
 * A workspace; replaced, never mutated. `roles` has its users at the start; it is absent if all users belong to it,
 * with their roles in the deployment. `changes` has the memberships that are not those of the start, by user id.
 */
export const Workspace = Schema.Struct({
  id: WorkspaceId,
  name: Text,
  description: Schema.optional(Text),
  founder: User,
  createdAt: Schema.DateTimeUtc,
  roles: optional(byText(Role)),
  changes: optional(byText(Membership)),
})
export type Workspace = typeof Workspace.Type
