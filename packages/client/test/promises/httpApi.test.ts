import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { TileDBError } from "@effect-tiledb/client"
import * as Models from "@effect-tiledb/schema"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Schema } from "effect"

/** An app's own user, which has nothing to do with ours. */
class User extends Schema.Class<User>("User")({ name: Schema.String, account: Models.User }) {}

/** Its own role, id and error as well. */
const UserRole = Schema.Struct({ edits: Schema.Boolean }).annotations({ identifier: "UserRole" })
const UserId = Schema.Int.annotations({ identifier: "UserId" })
class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { id: UserId }) {}

const api = HttpApi.make("app").add(
  HttpApiGroup.make("users")
    .add(
      HttpApiEndpoint.get("user", "/users/:id")
        .setPath(Schema.Struct({ id: Schema.NumberFromString }))
        .addSuccess(User)
        .addError(NotFound, { status: 410 })
        .addError(TileDBError.NotFound, { status: 404 })
        .addError(TileDBError.ApiError, { status: 502 })
        .addError(TileDBError.TransportError, { status: 503 })
        .addError(TileDBError.DecodeError, { status: 500 })
        .addError(TileDBError.InvalidRequest, { status: 400 }),
    )
    .add(HttpApiEndpoint.get("self", "/self").addSuccess(Models.UserSelf))
    .add(HttpApiEndpoint.get("role", "/role").addSuccess(UserRole))
    .add(
      HttpApiEndpoint.post("invite", "/invitations")
        .setPayload(Models.UserCreateRequest)
        .addSuccess(HttpApiSchema.NoContent),
    )
    .add(
      HttpApiEndpoint.patch("change", "/accounts/:user_id")
        .setPath(Schema.Struct({ user_id: Models.UserId }))
        .setPayload(Models.UserUpdateRequest)
        .addSuccess(Models.UserGetResponse)
        .addError(Models.ErrorResponse, { status: 409 }),
    ),
)

const document = OpenApi.fromApi(api)

describe("an app's HttpApi with our models and errors", () => {
  it("has the app's own schemas and ours side by side, under names that OpenAPI takes", () => {
    const schemas = document.components.schemas
    assert.includeMembers(Object.keys(schemas), ["User", "UserRole", "UserId", "NotFound"])
    assert.includeMembers(Object.keys(schemas), [
      "TileDBUser",
      "TileDBUserRole",
      "TileDBUserSelf",
      "TileDBUserSelfWorkspace",
      "TileDBWorkspaceUser",
      "TileDBNotFound",
      "TileDBApiError",
      "TileDBTransportError",
      "TileDBDecodeError",
      "TileDBInvalidRequest",
    ])
    for (const name of Object.keys(schemas)) assert.match(name, /^[A-Za-z0-9._-]+$/)
    assert.sameMembers(Object.keys(JSON.parse(JSON.stringify(schemas.User)).properties), ["name", "account"])
    const user: unknown = JSON.parse(JSON.stringify(schemas.TileDBUser))
    assert.hasAnyKeys(Object(user).properties, ["timezone"])
    assert.notInclude(JSON.stringify(document), "@effect-tiledb")
  })

  it("refers only to what it has", () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]*)"/g)) {
      assert.property(document.components.schemas, decodeURIComponent(name ?? ""))
    }
  })

  it("passes one validator", async () => {
    const { errors, valid } = await new Validator().validate(JSON.parse(JSON.stringify(document)))
    assert.isTrue(valid, JSON.stringify(errors))
  })

  it("passes the other", async () => {
    const config = await createConfig({
      extends: ["minimal"],
      rules: { struct: "error", "no-unresolved-refs": "error" },
    })
    const lint = (source: string) => lintFromString({ source, absoluteRef: "app.json", config })
    const errors = (await lint(JSON.stringify(document))).filter(({ severity }) => severity === "error")
    assert.deepStrictEqual(errors, [])
    assert.isNotEmpty(await lint(JSON.stringify(document).replaceAll('/TileDBUser"', '/Nobody"')))
  })
})
