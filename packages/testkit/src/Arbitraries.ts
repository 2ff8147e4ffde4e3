/**
 * Generators for every model of the API: values, the JSON that the service may send for them, and JSON that is wrong at
 * exactly one place.
 *
 * @example
 * import { User } from "@effect-tiledb/schema"
 * import { Arbitraries } from "@effect-tiledb/testkit"
 * import { Either, FastCheck, Schema } from "effect"
 *
 * const decode = Schema.decodeUnknownEither(User)
 * FastCheck.assert(FastCheck.property(Arbitraries.User.nearMiss, ({ value }) => Either.isLeft(decode(value))))
 *
 * @since 0.1.0
 */
import * as Schemas from "@effect-tiledb/schema"
import * as Arbitrary from "effect/Arbitrary"
import * as Arr from "effect/Array"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Utils from "effect/Utils"
import { breakagesOf, type NearMiss, tolerable } from "./internal/arbitraries/nearMiss.js"

export type { NearMiss } from "./internal/arbitraries/nearMiss.js"

/**
 * The generators for one model. `value` generates decoded values. `wire` generates JSON as the service may send it,
 * with `null` for missing fields and with unknown fields. `nearMiss` generates JSON that is wrong at one place: the
 * schema refuses it, and `decodeResponse` decodes the rest and reports that place.
 *
 * @since 0.1.0
 * @category models
 */
export interface Model<A> {
  /** Decoded values. */
  readonly value: FastCheck.Arbitrary<A>
  /** JSON as the service may send it. */
  readonly wire: FastCheck.Arbitrary<unknown>
  /** JSON that is wrong at one place. */
  readonly nearMiss: FastCheck.Arbitrary<NearMiss>
}

/**
 * The generators for any schema whose encoded side is an object.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I>(schema: Schema.Schema<A, I>): Model<A> => {
  const { ast } = Schema.encodedSchema(schema)
  const value = Arbitrary.make(schema)
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeUnknownOption(schema)
  const json = value.map((decoded): unknown => JSON.parse(JSON.stringify(encode(decoded))))
  return {
    value,
    wire: FastCheck.tuple(json, FastCheck.nat()).map(([clean, seed]) => {
      const random = new Utils.PCGRandom(seed)
      return tolerable(ast, clean, () => random.number() < 0.2)
    }),
    nearMiss: FastCheck.tuple(json, FastCheck.nat()).map(([clean, seed]): NearMiss => {
      for (const { make, path, problem } of Arr.rotate(breakagesOf(ast, clean), -seed)) {
        const value = make()
        // Only some texts have a form that can be wrong; the schema decides.
        if (problem !== "format" || Option.isNone(decode(value))) return { value, path, problem }
      }
      return { value: null, path: "", problem: "null" }
    }),
  }
}

/**
 * Generators for `ChangePasswordRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const ChangePasswordRequest: Model<Schemas.ChangePasswordRequest> = make(Schemas.ChangePasswordRequest)

/**
 * Generators for `ErrorResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const ErrorResponse: Model<Schemas.ErrorResponse> = make(Schemas.ErrorResponse)

/**
 * Generators for `RequestEmailConfirmationRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const RequestEmailConfirmationRequest: Model<Schemas.RequestEmailConfirmationRequest> = make(
  Schemas.RequestEmailConfirmationRequest,
)

/**
 * Generators for `RequestPasswordResetRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const RequestPasswordResetRequest: Model<Schemas.RequestPasswordResetRequest> = make(
  Schemas.RequestPasswordResetRequest,
)

/**
 * Generators for `ResetPasswordRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const ResetPasswordRequest: Model<Schemas.ResetPasswordRequest> = make(Schemas.ResetPasswordRequest)

/**
 * Generators for `User`.
 *
 * @since 0.1.0
 * @category generators
 */
export const User: Model<Schemas.User> = make(Schemas.User)

/**
 * Generators for `UserCreateRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserCreateRequest: Model<Schemas.UserCreateRequest> = make(Schemas.UserCreateRequest)

/**
 * Generators for `UserCreateResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserCreateResponse: Model<Schemas.UserCreateResponse> = make(Schemas.UserCreateResponse)

/**
 * Generators for `UserGetResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserGetResponse: Model<Schemas.UserGetResponse> = make(Schemas.UserGetResponse)

/**
 * Generators for `UserSelf`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserSelf: Model<Schemas.UserSelf> = make(Schemas.UserSelf)

/**
 * Generators for `UserSelfResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserSelfResponse: Model<Schemas.UserSelfResponse> = make(Schemas.UserSelfResponse)

/**
 * Generators for `UserSelfWorkspace`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserSelfWorkspace: Model<Schemas.UserSelfWorkspace> = make(Schemas.UserSelfWorkspace)

/**
 * Generators for `UserUpdateRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserUpdateRequest: Model<Schemas.UserUpdateRequest> = make(Schemas.UserUpdateRequest)

/**
 * Generators for `ValidationError`.
 *
 * @since 0.1.0
 * @category generators
 */
export const ValidationError: Model<Schemas.ValidationError> = make(Schemas.ValidationError)

/**
 * Generators for `ValidationErrorField`.
 *
 * @since 0.1.0
 * @category generators
 */
export const ValidationErrorField: Model<Schemas.ValidationErrorField> = make(Schemas.ValidationErrorField)

/**
 * Generators for `WorkspaceUser`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUser: Model<Schemas.WorkspaceUser> = make(Schemas.WorkspaceUser)

/**
 * Generators for `APIToken`.
 *
 * @since 0.1.0
 * @category generators
 */
export const APIToken: Model<typeof Schemas.APIToken.Type> = make(Schemas.APIToken)

/**
 * Generators for `Invitation`.
 *
 * @since 0.1.0
 * @category generators
 */
export const Invitation: Model<typeof Schemas.Invitation.Type> = make(Schemas.Invitation)

/**
 * Generators for `InvitationWorkspace`.
 *
 * @since 0.1.0
 * @category generators
 */
export const InvitationWorkspace: Model<typeof Schemas.InvitationWorkspace.Type> = make(Schemas.InvitationWorkspace)

/**
 * Generators for `InvitationsCreateRequestInner`.
 *
 * @since 0.1.0
 * @category generators
 */
export const InvitationsCreateRequestInner: Model<typeof Schemas.InvitationsCreateRequestInner.Type> = make(
  Schemas.InvitationsCreateRequestInner,
)

/**
 * Generators for `InvitationsCreateRequestWorkspace`.
 *
 * @since 0.1.0
 * @category generators
 */
export const InvitationsCreateRequestWorkspace: Model<typeof Schemas.InvitationsCreateRequestWorkspace.Type> = make(
  Schemas.InvitationsCreateRequestWorkspace,
)

/**
 * Generators for `InvitationsListResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const InvitationsListResponse: Model<typeof Schemas.InvitationsListResponse.Type> = make(
  Schemas.InvitationsListResponse,
)

/**
 * Generators for `InvitingUser`.
 *
 * @since 0.1.0
 * @category generators
 */
export const InvitingUser: Model<typeof Schemas.InvitingUser.Type> = make(Schemas.InvitingUser)

/**
 * Generators for `TokenCreateRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const TokenCreateRequest: Model<typeof Schemas.TokenCreateRequest.Type> = make(Schemas.TokenCreateRequest)

/**
 * Generators for `TokenCreateResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const TokenCreateResponse: Model<typeof Schemas.TokenCreateResponse.Type> = make(Schemas.TokenCreateResponse)

/**
 * Generators for `TokenListResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const TokenListResponse: Model<typeof Schemas.TokenListResponse.Type> = make(Schemas.TokenListResponse)

/**
 * Generators for `Workspace`.
 *
 * @since 0.1.0
 * @category generators
 */
export const Workspace: Model<typeof Schemas.Workspace.Type> = make(Schemas.Workspace)

/**
 * Generators for `WorkspaceGetResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceGetResponse: Model<typeof Schemas.WorkspaceGetResponse.Type> = make(Schemas.WorkspaceGetResponse)

/**
 * Generators for `WorkspaceUserGetResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUserGetResponse: Model<typeof Schemas.WorkspaceUserGetResponse.Type> = make(
  Schemas.WorkspaceUserGetResponse,
)

/**
 * Generators for `WorkspaceUserUpdateRequest`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUserUpdateRequest: Model<typeof Schemas.WorkspaceUserUpdateRequest.Type> = make(
  Schemas.WorkspaceUserUpdateRequest,
)

/**
 * Generators for `WorkspaceUsersCreateRequestInner`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUsersCreateRequestInner: Model<typeof Schemas.WorkspaceUsersCreateRequestInner.Type> = make(
  Schemas.WorkspaceUsersCreateRequestInner,
)

/**
 * Generators for `WorkspaceUsersCreateResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUsersCreateResponse: Model<typeof Schemas.WorkspaceUsersCreateResponse.Type> = make(
  Schemas.WorkspaceUsersCreateResponse,
)

/**
 * Generators for `WorkspaceUsersListResponse`.
 *
 * @since 0.1.0
 * @category generators
 */
export const WorkspaceUsersListResponse: Model<typeof Schemas.WorkspaceUsersListResponse.Type> = make(
  Schemas.WorkspaceUsersListResponse,
)

/**
 * User ids.
 *
 * @since 0.1.0
 * @category generators
 */
export const UserId: FastCheck.Arbitrary<Schemas.UserId> = Arbitrary.make(Schemas.UserId)
