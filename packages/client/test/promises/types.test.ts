import type { HttpClient } from "@effect/platform"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBError, type Users } from "@effect-tiledb/client"
import type {
  ChangePasswordRequest,
  OperationName,
  RequestEmailConfirmationRequest,
  RequestPasswordResetRequest,
  ResetPasswordRequest,
  ScopedToken,
  User,
  UserCreateRequest,
  UserId,
  UserSelf,
  UserUpdateRequest,
} from "@effect-tiledb/schema"
import { Operations } from "@effect-tiledb/schema"
import type { ConfigError, Effect, Layer, Scope } from "effect"
import { makeUsers, usersLayer, usersLayerConfig } from "../support/users.js"

type E = typeof TileDBError
type ApiError = InstanceType<E["ApiError"]>
type DecodeError = InstanceType<E["DecodeError"]>
type InvalidRequest = InstanceType<E["InvalidRequest"]>
type NotFound = InstanceType<E["NotFound"]>
type TransportError = InstanceType<E["TransportError"]>

describe("types", () => {
  it("each method has exactly its success, errors and requirements", () => {
    expectTypeOf<Users.Service["changePassword"]>().toEqualTypeOf<
      (request: ChangePasswordRequest) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["confirmEmail"]>().toEqualTypeOf<
      (token: ScopedToken) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["createUser"]>().toEqualTypeOf<
      (request: UserCreateRequest) => Effect.Effect<User, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["deleteUser"]>().toEqualTypeOf<
      (userId: UserId) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | NotFound | TransportError>
    >()
    expectTypeOf<Users.Service["getSelfUser"]>().toEqualTypeOf<
      Effect.Effect<UserSelf, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["getUser"]>().toEqualTypeOf<
      (userId: UserId) => Effect.Effect<User, ApiError | DecodeError | InvalidRequest | NotFound | TransportError>
    >()
    expectTypeOf<Users.Service["requestEmailConfirmation"]>().toEqualTypeOf<
      (
        request: RequestEmailConfirmationRequest,
      ) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["requestPasswordReset"]>().toEqualTypeOf<
      (
        request: RequestPasswordResetRequest,
      ) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["resetPassword"]>().toEqualTypeOf<
      (
        token: ScopedToken,
        request: ResetPasswordRequest,
      ) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | TransportError>
    >()
    expectTypeOf<Users.Service["updateUser"]>().toEqualTypeOf<
      (
        userId: UserId,
        request: UserUpdateRequest,
      ) => Effect.Effect<void, ApiError | DecodeError | InvalidRequest | NotFound | TransportError>
    >()
    // A method for every row of the table, and no other.
    expectTypeOf<keyof Users.Service>().toEqualTypeOf<OperationName>()
  })

  it("the service's declared errors agree with the operations table", () => {
    type Declared = {
      [Name in OperationName]: Users.Service[Name] extends Effect.Effect<infer _A, infer Err>
        ? Err
        : Users.Service[Name] extends (...args: infer _Args) => Effect.Effect<infer _A, infer Err>
          ? Err
          : never
    }
    type FromTable = {
      [Name in OperationName]:
        | ApiError
        | TransportError
        | ((typeof Operations)[Name]["notFound"] extends true ? NotFound : never)
        | DecodeError
        | InvalidRequest
    }
    expectTypeOf<Declared>().toEqualTypeOf<FromTable>()
    assert.strictEqual(Object.keys(Operations).length, 10)
  })

  it("the Layer leaves HttpClient open and nothing else", () => {
    expectTypeOf(usersLayer({})).toEqualTypeOf<
      Layer.Layer<Users.Users, ConfigError.ConfigError, HttpClient.HttpClient>
    >()
    expectTypeOf(usersLayerConfig()).toEqualTypeOf<
      Layer.Layer<Users.Users, ConfigError.ConfigError, HttpClient.HttpClient>
    >()
    expectTypeOf(makeUsers({})).toEqualTypeOf<
      Effect.Effect<Users.Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope>
    >()
  })

  it("credentials take secrets only inside Redacted", () => {
    expectTypeOf(Credentials.apiKey).parameters.toEqualTypeOf<[key: Credentials.Secret]>()
    expectTypeOf(Credentials.basic).parameters.toEqualTypeOf<[username: string, password: Credentials.Secret]>()
    // @ts-expect-error a plain string is refused
    const refused = () => Credentials.apiKey("tiledb_key")
    assert.isFunction(refused)
  })

  it("withRetryPolicy keeps the effect's type; the error union is closed", () => {
    expectTypeOf(RetryPolicy.withRetryPolicy({} as Effect.Effect<1, 2, 3>, RetryPolicy.none)).toEqualTypeOf<
      Effect.Effect<1, 2, 3>
    >()
    expectTypeOf<TileDBError.TileDBError["_tag"]>().toEqualTypeOf<
      "ApiError" | "DecodeError" | "InvalidRequest" | "NotFound" | "TransportError"
    >()
  })
})
