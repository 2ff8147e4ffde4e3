import type { HttpClient } from "@effect/platform"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, type TileDBError, type Users } from "@effect-tiledb/client"
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
import { Model, type Operation, Operations } from "@effect-tiledb/schema"
import type { ConfigError, Layer, Scope } from "effect"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
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

class Team extends Schema.Class<Team>("Team")({ id: Schema.String }) {}

const Teams = {
  listTeams: {
    name: "listTeams",
    group: "Teams",
    method: "GET",
    path: "/teams/{workspace}",
    pathParameters: { workspace: Schema.String },
    query: Schema.Struct({ page: Schema.optional(Schema.Number) }),
    success: Model.page("TeamPage", "Teams", Team),
    result: "body",
    successStatus: 200,
    idempotent: true,
  },
  addTeams: {
    name: "addTeams",
    group: "Teams",
    method: "POST",
    path: "/teams",
    query: Schema.Struct({ mode: Schema.String }),
    request: Schema.Array(Schema.Struct({ name: Schema.String })),
    success: Model.listResponse("TeamList", "Teams", Team),
    successStatus: 202,
    notFound: true,
  },
} as const satisfies Record<string, Operation>

describe("a row of any group", () => {
  const call = <Row extends Operation>(row: Row, input: TileDBClient.Arguments<Row>) =>
    Effect.suspend(() => TileDBClient.call(() => Effect.void, row, input as never))
  const { addTeams, listTeams } = Teams
  const request = [{ name: "red" }]
  const query = { mode: "new" }

  it("gives the types of its arguments", () => {
    expectTypeOf<TileDBClient.Arguments<typeof Operations.getUser>["path"]>().toEqualTypeOf<{
      readonly user_id: UserId
    }>()
    const taken = [
      call(listTeams, { path: { workspace: "My Team" } }),
      call(listTeams, { path: { workspace: "My Team" }, query: { page: undefined } }),
      call(addTeams, { query, request }),
      call(Operations.getSelfUser, {}),
    ]
    assert.strictEqual(taken.length, 4)
  })

  it("does not compile without what it takes, with what it does not take, or with anything of another type", () => {
    const refused = [
      // @ts-expect-error no path
      () => call(listTeams, {}),
      // @ts-expect-error no parameter of the path
      () => call(listTeams, { path: {} }),
      // @ts-expect-error another type
      () => call(listTeams, { path: { workspace: 7 } }),
      // @ts-expect-error one parameter too many
      () => call(listTeams, { path: { workspace: "acme", team_id: "1" } }),
      // @ts-expect-error a query of another type
      () => call(listTeams, { path: { workspace: "acme" }, query: { page: "1" } }),
      // @ts-expect-error a field too many in the query
      () => call(listTeams, { path: { workspace: "acme" }, query: { pag: 1 } }),
      // @ts-expect-error a body where there is none
      () => call(listTeams, { path: { workspace: "acme" }, request }),
      // @ts-expect-error no query
      () => call(addTeams, { request }),
      // @ts-expect-error no body
      () => call(addTeams, { query }),
      // @ts-expect-error an object for a list
      () => call(addTeams, { query, request: { name: "red" } }),
      // @ts-expect-error a path where there is none
      () => call(addTeams, { query, request, path: { workspace: "acme" } }),
      // @ts-expect-error a query where there is none
      () => call(Operations.getSelfUser, { query }),
      // @ts-expect-error no token
      () => call(Operations.confirmEmail, {}),
      // @ts-expect-error a token where there is none
      () => call(Operations.getSelfUser, { token: {} as ScopedToken }),
    ]
    assert.strictEqual(refused.length, 14)
    // The same through the client's own function.
    // @ts-expect-error no body
    assert.isFunction(() => TileDBClient.call(() => Effect.void, addTeams, { query }))
    // @ts-expect-error one parameter too many
    const extra = () => TileDBClient.call(() => Effect.void, listTeams, { path: { workspace: "acme", team_id: "1" } })
    assert.isFunction(extra)
  })

  it("gives the types of its result and its errors", () => {
    expectTypeOf<TileDBClient.Success<typeof listTeams>>().toEqualTypeOf<Model.Page<Team>>()
    expectTypeOf<TileDBClient.Success<typeof addTeams>>().toEqualTypeOf<ReadonlyArray<Team>>()
    expectTypeOf<TileDBClient.Success<typeof Operations.getUser>>().toEqualTypeOf<User>()
    expectTypeOf<TileDBClient.Success<typeof Operations.deleteUser>>().toEqualTypeOf<void>()
    expectTypeOf<TileDBClient.Failure<typeof addTeams>["_tag"]>().toEqualTypeOf<
      "ApiError" | "DecodeError" | "InvalidRequest" | "NotFound" | "TransportError"
    >()
    expectTypeOf<TileDBClient.Failure<typeof listTeams>["_tag"]>().toEqualTypeOf<
      "ApiError" | "DecodeError" | "InvalidRequest" | "TransportError"
    >()
  })

  it("has its policy under its group's name and its own", () => {
    const { none } = RetryPolicy
    assert.isObject(RetryPolicy.forOperations(none, { createUser: none, "Teams.listTeams": none }))
    // @ts-expect-error no operation of Users
    assert.isObject(RetryPolicy.forOperations(none, { createUsr: none }))
    // @ts-expect-error those of Users have no prefix
    assert.isObject(RetryPolicy.forOperations(none, { "Users.createUser": none }))
  })
})
