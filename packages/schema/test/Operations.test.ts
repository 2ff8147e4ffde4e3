import { assert, describe, it } from "@effect/vitest"
import * as Api from "@effect-tiledb/schema"

/** The document's ten operations, written out once more. */
const documented = [
  {
    name: "changePassword",
    method: "POST",
    path: "/actions/users/change_password",
    pathParameters: [],
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
    pathParameters: [],
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
    pathParameters: [],
    request: Api.UserCreateRequest,
    success: Api.UserCreateResponse,
    successStatus: 201,
    notFound: false,
    credential: "session",
    idempotent: false,
  },
  {
    name: "deleteUser",
    method: "DELETE",
    path: "/users/{user_id}",
    pathParameters: ["user_id"],
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
    pathParameters: [],
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
    pathParameters: ["user_id"],
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
    pathParameters: [],
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
    pathParameters: [],
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
    pathParameters: [],
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
    pathParameters: ["user_id"],
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
      assert.deepStrictEqual(row, expectedRow)
      // The very schemas, not look-alikes: two requests have the same properties.
      assert.strictEqual<unknown>(request, expectedRequest)
      assert.strictEqual<unknown>(success, expectedSuccess)
    })
  }

  it("names the parameters that its paths have", () => {
    for (const { path, pathParameters } of Object.values<Api.Operation>(Api.Operations)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      assert.deepStrictEqual<ReadonlyArray<unknown>>(inPath, pathParameters)
    }
  })
})
