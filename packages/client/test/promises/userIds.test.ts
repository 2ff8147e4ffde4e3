import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBError, type Users } from "@effect-tiledb/client"
import type { UserId } from "@effect-tiledb/schema"
import { Effect, Either, Layer, Redacted } from "effect"
import * as fc from "fast-check"
import { seedOf } from "../support/exhaustive.js"
import { makeUsers } from "../support/users.js"

const methods: Readonly<
  Record<string, (users: Users.Service, id: UserId) => Effect.Effect<unknown, TileDBError.TileDBError>>
> = {
  getUser: (users, id) => users.getUser(id),
  deleteUser: (users, id) => users.deleteUser(id),
  updateUser: (users, id) => users.updateUser(id, {}),
}

const pathsFor = (id: string) =>
  Effect.gen(function* () {
    const paths: Array<string> = []
    const client = HttpClient.make((request, url) => {
      paths.push(url.pathname + url.search + url.hash)
      return Effect.succeed(
        HttpClientResponse.fromWeb(
          request,
          new Response(JSON.stringify({ code: 1, message: "No", request_id: "req_1" }), { status: 404 }),
        ),
      )
    })
    const users = yield* makeUsers({ retryPolicy: RetryPolicy.none }).pipe(
      Effect.provideService(HttpClient.HttpClient, client),
    )
    const tags: Array<string> = []
    for (const call of Object.values(methods)) {
      // Whatever a caller in JavaScript, or one with a cast, may pass.
      const result = yield* Effect.either(call(users, id as UserId))
      tags.push(Either.isLeft(result) ? result.left._tag : "success")
    }
    return { paths, tags }
  }).pipe(Effect.scoped)

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string().map((tail) => `usr_${tail}`),
  fc.stringMatching(/^usr_[0-9a-v]{19,21}[\n/?#.]?$/),
  fc.stringMatching(/^[\w.~-]{1,8}$/),
  fc.constantFrom(
    "self",
    "",
    ".",
    "..",
    "../users",
    "%2e%2e",
    "usr_9m4e2mr0ui3e8a215n4g/..",
    "usr_9m4e2mr0ui3e8a215n4g?x",
    "usr_9m4e2mr0ui3e8a215n4g\n",
    " usr_9m4e2mr0ui3e8a215n4g",
    "usr_9M4E2MR0UI3E8A215N4G",
    "usr_\uff19m4e2mr0ui3e8a215n4g",
    "usr_",
    "ws_9m4e2mr0ui3e8a215n4g",
    "tiledb_9m4e2mr0ui3e8a215n4g",
    "...",
    "u1",
    "ada",
  ),
)

describe("user ids in paths", () => {
  it.effect.prop(
    "no string makes a request whose path is not /users/<that one segment>",
    [hostile],
    ([id]) =>
      Effect.map(pathsFor(id), ({ paths, tags }) => {
        const valid =
          /^[\w.~-]+$/.test(id) &&
          !/^(\.+|self|usr_)$/.test(id) &&
          !/^(ws|img|tiledb)_/.test(id) &&
          (!/^usr_/i.test(id) || id.startsWith("usr_"))
        assert.deepStrictEqual(paths, valid ? Array(3).fill(`/v4/users/${id}`) : [])
        assert.deepStrictEqual(tags, Array(3).fill(valid ? "NotFound" : "InvalidRequest"))
      }),
    { fastCheck: { numRuns: 200, seed: seedOf(2026) } },
  )

  it.scoped("an id that the service has given is taken back, whatever its form", () =>
    Effect.gen(function* () {
      const paths: Array<string> = []
      let id = ""
      const client = HttpClient.make((request, url) => {
        paths.push(`${request.method} ${url.pathname}`)
        const given = request.method === "POST" || request.method === "GET"
        return Effect.succeed(
          HttpClientResponse.fromWeb(
            request,
            given ? Response.json({ data: { id } }, { status: 201 }) : new Response(null, { status: 204 }),
          ),
        )
      })
      const users = yield* Effect.provideService(makeUsers({}), HttpClient.HttpClient, client)
      for (id of ["u1", "42", "a", "ada.lovelace", "A-1_~", "usr_9M", "0190f5c6-7b1e-7cc2-a8b5-0c5a6b7d8e9f"]) {
        paths.length = 0
        const user = yield* users.createUser({ username: "ada", email: "a@b.c", password: Redacted.make("hunter22") })
        assert.strictEqual<string>((yield* users.getUser(user.id)).id, id)
        yield* users.updateUser(user.id, { display_name: "Ada" })
        yield* users.deleteUser(user.id)
        assert.deepStrictEqual(paths, [
          "POST /v4/users",
          `GET /v4/users/${id}`,
          `PATCH /v4/users/${id}`,
          `DELETE /v4/users/${id}`,
        ])
      }
    }),
  )

  it.effect("a refused id names the field and what to write instead", () =>
    Effect.gen(function* () {
      const users = yield* makeUsers({})
      const error = yield* Effect.flip(users.getUser("self" as UserId))
      assert.strictEqual(error._tag, "InvalidRequest")
      assert.include(error.message, "userId should be a user id such as usr_9m4e2mr0ui3e8a215n4g")
      assert.include(error.message, "getSelfUser")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.succeed(
          HttpClient.HttpClient,
          HttpClient.make(() => Effect.dieMessage("nothing is sent")),
        ),
      ),
    ),
  )
})
