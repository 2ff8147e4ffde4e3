// The assertions here are the compiler's: `expectTypeOf` fails the type check, and does nothing when it runs.
import { describe, expectTypeOf, it } from "@effect/vitest"
import type * as Api from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"

/** The properties of a class without what it inherits. */
type Fields<A> = { [K in keyof A]: A[K] }

describe("types", () => {
  it("User", () => {
    expectTypeOf<Fields<Api.User>>().toEqualTypeOf<{
      readonly id: Api.UserId
      readonly display_name: string
      readonly image_id?: string
      readonly email: string
      readonly is_valid_email?: boolean
      readonly role: Api.UserRole
      readonly username: string
      readonly timezone: string
      readonly created_at: DateTime.Utc
      readonly updated_at?: DateTime.Utc
      readonly deleted_at?: DateTime.Utc
    }>()
  })

  it("User on the wire", () => {
    expectTypeOf<typeof Api.User.Encoded>().toEqualTypeOf<{
      readonly id: string
      readonly display_name: string
      readonly image_id?: string | null
      readonly email: string
      readonly is_valid_email?: boolean | null
      readonly role: Api.UserRole
      readonly username: string
      readonly timezone: string
      readonly created_at: string
      readonly updated_at?: string | null
      readonly deleted_at?: string | null
    }>()
  })

  it("UserSelf", () => {
    expectTypeOf<Fields<Api.UserSelf>>().toEqualTypeOf<{
      readonly user: Api.User
      readonly workspaces: ReadonlyArray<Api.UserSelfWorkspace>
    }>()
    expectTypeOf<Fields<Api.UserSelfWorkspace>>().toEqualTypeOf<{
      readonly workspace_id: Api.WorkspaceId
      readonly name: string
      readonly created_by: Api.WorkspaceUser
      readonly self: Api.WorkspaceUser
      readonly description?: string
      readonly created_at: DateTime.Utc
      readonly updated_at?: DateTime.Utc
      readonly image_id?: string
    }>()
    expectTypeOf<Fields<Api.WorkspaceUser>>().toEqualTypeOf<{
      readonly user_id: Api.UserId
      readonly username?: string
      readonly display_name: string
      readonly email: string
      readonly image_id?: string
      readonly role: Api.WorkspaceRole
      readonly added_by: string
      readonly created_at: DateTime.Utc
      readonly deleted_at?: DateTime.Utc
    }>()
  })

  it("envelopes", () => {
    expectTypeOf<Api.UserCreateResponse>().toEqualTypeOf<{ readonly data: Api.User }>()
    expectTypeOf<Api.UserGetResponse>().toEqualTypeOf<{ readonly data: Api.User }>()
    expectTypeOf<Api.UserSelfResponse>().toEqualTypeOf<{ readonly data: Api.UserSelf }>()
  })

  it("requests", () => {
    expectTypeOf<Fields<Api.UserCreateRequest>>().toEqualTypeOf<{
      readonly display_name?: string | undefined
      readonly email: string
      readonly username: string
      readonly password: Redacted.Redacted<string>
      readonly timezone?: string | undefined
      readonly image?: string | undefined
    }>()
    expectTypeOf<Fields<Api.UserUpdateRequest>>().toEqualTypeOf<{
      readonly display_name?: string | undefined
      readonly email?: string | undefined
      readonly timezone?: string | undefined
      readonly image?: string | undefined
    }>()
    expectTypeOf<Fields<Api.ChangePasswordRequest>>().toEqualTypeOf<{
      readonly current_password: Redacted.Redacted<string>
      readonly new_password: Redacted.Redacted<string>
    }>()
    expectTypeOf<Fields<Api.ResetPasswordRequest>>().toEqualTypeOf<{
      readonly new_password: Redacted.Redacted<string>
    }>()
    type UsernameOrEmail = { readonly username_or_email: string }
    expectTypeOf<Fields<Api.RequestEmailConfirmationRequest>>().toEqualTypeOf<UsernameOrEmail>()
    expectTypeOf<Fields<Api.RequestPasswordResetRequest>>().toEqualTypeOf<UsernameOrEmail>()
  })

  it("the schemas of requests and their interfaces are one", () => {
    expectTypeOf<Schema.Schema.Type<typeof Api.UserCreateRequest>>().toEqualTypeOf<Fields<Api.UserCreateRequest>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.UserUpdateRequest>>().toEqualTypeOf<Fields<Api.UserUpdateRequest>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.ChangePasswordRequest>>().toEqualTypeOf<
      Fields<Api.ChangePasswordRequest>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.ResetPasswordRequest>>().toEqualTypeOf<
      Fields<Api.ResetPasswordRequest>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.RequestPasswordResetRequest>>().toEqualTypeOf<
      Fields<Api.RequestPasswordResetRequest>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.RequestEmailConfirmationRequest>>().toEqualTypeOf<
      Fields<Api.RequestEmailConfirmationRequest>
    >()
  })

  it("the schemas of answers and their types are one", () => {
    expectTypeOf<Schema.Schema.Type<typeof Api.UserCreateResponse>>().toEqualTypeOf<Fields<Api.UserCreateResponse>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.UserGetResponse>>().toEqualTypeOf<Fields<Api.UserGetResponse>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.UserSelfResponse>>().toEqualTypeOf<Fields<Api.UserSelfResponse>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.ErrorResponse>>().toEqualTypeOf<Fields<Api.ErrorResponse>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.ValidationError>>().toEqualTypeOf<Fields<Api.ValidationError>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.ValidationErrorField>>().toEqualTypeOf<
      Fields<Api.ValidationErrorField>
    >()
    type FieldsOf<C extends { readonly fields: Schema.Struct.Fields }> = Fields<Schema.Struct.Type<C["fields"]>>
    expectTypeOf<FieldsOf<typeof Api.User>>().toEqualTypeOf<Fields<Api.User>>()
    expectTypeOf<FieldsOf<typeof Api.UserSelf>>().toEqualTypeOf<Fields<Api.UserSelf>>()
    expectTypeOf<FieldsOf<typeof Api.UserSelfWorkspace>>().toEqualTypeOf<Fields<Api.UserSelfWorkspace>>()
    expectTypeOf<FieldsOf<typeof Api.WorkspaceUser>>().toEqualTypeOf<Fields<Api.WorkspaceUser>>()
  })

  it("the models of the groups about people and their schemas are one", () => {
    type FieldsOf<C extends { readonly fields: Schema.Struct.Fields }> = Fields<Schema.Struct.Type<C["fields"]>>
    expectTypeOf<FieldsOf<typeof Api.Workspace>>().toEqualTypeOf<Fields<Api.Workspace>>()
    expectTypeOf<FieldsOf<typeof Api.Invitation>>().toEqualTypeOf<Fields<Api.Invitation>>()
    expectTypeOf<FieldsOf<typeof Api.InvitationWorkspace>>().toEqualTypeOf<Fields<Api.InvitationWorkspace>>()
    expectTypeOf<FieldsOf<typeof Api.InvitingUser>>().toEqualTypeOf<Fields<Api.InvitingUser>>()
    expectTypeOf<FieldsOf<typeof Api.APIToken>>().toEqualTypeOf<Fields<Api.APIToken>>()
    expectTypeOf<Schema.Schema.Type<typeof Api.WorkspaceUserUpdateRequest>>().toEqualTypeOf<
      Fields<Api.WorkspaceUserUpdateRequest>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.WorkspaceUsersCreateRequestInner>>().toEqualTypeOf<
      Fields<Api.WorkspaceUsersCreateRequestInner>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.InvitationsCreateRequestInner>>().toEqualTypeOf<
      Fields<Api.InvitationsCreateRequestInner>
    >()
    expectTypeOf<Schema.Schema.Type<typeof Api.TokenCreateRequest>>().toEqualTypeOf<Fields<Api.TokenCreateRequest>>()
  })

  it("undefined is not given, null is not", () => {
    expectTypeOf<{ email: undefined }>().toExtend<Api.UserUpdateRequest>()
    expectTypeOf<{ email: null }>().not.toExtend<Api.UserUpdateRequest>()
    expectTypeOf<Record<never, never>>().toExtend<Api.UserUpdateRequest>()
  })

  it("a password or token in plain text does not compile", () => {
    expectTypeOf<{ new_password: string }>().not.toExtend<Api.ResetPasswordRequest>()
    expectTypeOf<string>().not.toExtend<Api.ScopedToken>()
    expectTypeOf<Api.ScopedToken>().toEqualTypeOf<Redacted.Redacted<string>>()
  })

  it("an id is not just any string, and ids do not mix", () => {
    expectTypeOf<string>().not.toExtend<Api.UserId>()
    expectTypeOf<"self">().not.toExtend<Api.UserId>()
    expectTypeOf<Api.UserId>().toExtend<string>()
    expectTypeOf<Api.WorkspaceId>().not.toExtend<Api.UserId>()
    expectTypeOf<Api.UserId>().not.toExtend<Api.WorkspaceId>()
  })

  it("roles are open and still offer what is known", () => {
    expectTypeOf<"owner">().toExtend<Api.UserRole>()
    expectTypeOf<string>().toExtend<Api.UserRole>()
    expectTypeOf<Api.UserRole>().toExtend<string>()
    // A plain `string` would have swallowed the literals, and the editor's suggestions with them.
    expectTypeOf<Api.UserRole>().not.toEqualTypeOf<string>()
    expectTypeOf<Extract<Api.UserRole, "owner" | "admin" | "member">>().toEqualTypeOf<"owner" | "admin" | "member">()
    expectTypeOf<Api.WorkspaceRole>().toEqualTypeOf<Api.UserRole>()
  })

  it("errors of the service", () => {
    expectTypeOf<Fields<Api.ErrorResponse>>().toEqualTypeOf<{
      readonly code: number
      readonly message: string
      readonly request_id: string
      readonly validation_error?: {
        readonly fields: ReadonlyArray<{ readonly field: string; readonly message: string }>
      }
    }>()
  })

  it("operations", () => {
    expectTypeOf<Api.OperationName>().toEqualTypeOf<
      | "changePassword"
      | "confirmEmail"
      | "createUser"
      | "deleteUser"
      | "getSelfUser"
      | "getUser"
      | "requestEmailConfirmation"
      | "requestPasswordReset"
      | "resetPassword"
      | "updateUser"
    >()
    type NotFound = { [K in Api.OperationName]: Api.Operations[K]["notFound"] extends true ? K : never }
    expectTypeOf<NotFound[Api.OperationName]>().toEqualTypeOf<"deleteUser" | "getUser" | "updateUser">()
    type Scoped = { [K in Api.OperationName]: Api.Operations[K]["credential"] extends "scopedToken" ? K : never }
    expectTypeOf<Scoped[Api.OperationName]>().toEqualTypeOf<"confirmEmail" | "resetPassword">()
    expectTypeOf<Schema.Schema.Type<Api.Operations["getUser"]["success"]>>().toEqualTypeOf<Api.UserGetResponse>()
    expectTypeOf<Api.Operations["updateUser"]["success"]>().toEqualTypeOf<null>()
  })
})
