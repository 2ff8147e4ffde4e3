import { assert, describe, it } from "@effect/vitest"
import * as Api from "@effect-tiledb/schema"
import { GivenUserId } from "@effect-tiledb/schema/UserId"

/** The document's ten operations, written out once more. */
const documented = [
  {
    name: "changePassword",
    method: "POST",
    path: "/actions/users/change_password",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: Api.ChangePasswordRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  {
    name: "confirmEmail",
    method: "POST",
    path: "/actions/users/confirm_email",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: null,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "scopedToken",
    idempotent: false,
  },
  {
    name: "createUser",
    method: "POST",
    path: "/users",
    group: "Users",
    pathParameters: {},
    subject: ["username", "email"],
    request: Api.UserCreateRequest,
    success: Api.UserCreateResponse,
    successStatus: 201,
    lookAt: "Users.resolveCreate",
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  {
    name: "deleteUser",
    method: "DELETE",
    path: "/users/{user_id}",
    group: "Users",
    pathParameters: { user_id: GivenUserId },
    subject: ["user_id"],
    request: null,
    success: null,
    successStatus: 204,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
  {
    name: "getSelfUser",
    method: "GET",
    path: "/users/self",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: null,
    success: Api.UserSelfResponse,
    successStatus: 200,
    notFound: false,
    credential: "session",
    idempotent: true,
  },
  {
    name: "getUser",
    method: "GET",
    path: "/users/{user_id}",
    group: "Users",
    pathParameters: { user_id: GivenUserId },
    subject: ["user_id"],
    request: null,
    success: Api.UserGetResponse,
    successStatus: 200,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
  {
    name: "requestEmailConfirmation",
    method: "POST",
    path: "/actions/users/request_email_confirmation",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: Api.RequestEmailConfirmationRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  {
    name: "requestPasswordReset",
    method: "POST",
    path: "/actions/users/request_password_reset",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: Api.RequestPasswordResetRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  {
    name: "resetPassword",
    method: "POST",
    path: "/actions/users/reset_password",
    group: "Users",
    pathParameters: {},
    subject: [],
    request: Api.ResetPasswordRequest,
    success: null,
    successStatus: 204,
    notFound: false,
    credential: "scopedToken",
    idempotent: false,
  },
  {
    name: "updateUser",
    method: "PATCH",
    path: "/users/{user_id}",
    group: "Users",
    pathParameters: { user_id: GivenUserId },
    subject: ["user_id"],
    request: Api.UserUpdateRequest,
    success: null,
    successStatus: 204,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
] as const

describe("Operations", () => {
  it("has the ten operations, in the document's order, and no other", () => {
    assert.deepStrictEqual(
      Object.keys(Api.Operations),
      documented.map((row) => row.name),
    )
  })

  for (const expected of documented) {
    it(expected.name, () => {
      const { request, success, ...row } = Api.Operations[expected.name]
      const { request: expectedRequest, success: expectedSuccess, ...expectedRow } = expected
      assert.deepStrictEqual<unknown>(row, expectedRow)
      // The very schemas, not look-alikes: two requests have the same properties.
      assert.strictEqual<unknown>(request, expectedRequest)
      assert.strictEqual<unknown>(success, expectedSuccess)
    })
  }

  it("names the parameters that its paths have", () => {
    for (const { path, pathParameters = {} } of Object.values<Api.Operation>(Api.Operations)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      assert.deepStrictEqual<ReadonlyArray<unknown>>(inPath, Object.keys(pathParameters))
    }
  })

  it("are named among those of all groups: Users' by their own names", () => {
    assert.strictEqual(Api.qualifiedName(Api.Operations.getUser), "getUser")
    assert.strictEqual(Api.qualifiedName({ group: "Teams", name: "list" }), "Teams.list")
  })
})
