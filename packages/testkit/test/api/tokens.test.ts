import { assert, describe, it } from "@effect/vitest"
import { Deployment } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { call, outcome, red, world } from "../support/people.js"
import { key } from "../support/raw.js"

const request = { name: "ci", scope: "user:read", workspace_id: "ws_red", expires_at: "2000-01-01T00:00:00.000Z" }
const until = (seconds: number) => new Date(seconds * 1000).toISOString()

const create = (caller: string, more: object = {}) =>
  Effect.map(call(caller, "POST /tokens", { ...request, expires_at: until(60), ...more }), ({ data }) => ({
    ...data,
    headers: key(Redacted.make(String(data?.api_key))),
  }))
const listed = (caller: string, type = "api") =>
  Effect.map(call(caller, `GET /tokens?type=${type}`), ({ data }) => data.map(({ name }: { name: string }) => name))

/** The workspaces of who sends these headers, or the status. */
const works = (headers: Readonly<Record<string, string>>, workspace = "red") =>
  outcome(headers, `GET /workspaceusers/${workspace}`)

describe("a token", () => {
  it.effect("is created with all that it was asked for, and works until it expires", () =>
    Effect.gen(function* () {
      const { headers, ...token } = yield* create("cem")
      const { api_key, created_at, token_id, ...rest } = token
      assert.deepStrictEqual(rest, { name: "ci", scope: "user:read", workspace_id: "ws_red", expires_at: until(60) })
      assert.match(api_key, /^tiledb_[0-9a-v]{40}$/)
      assert.match(token_id, /^tok_/)
      assert.strictEqual(created_at, until(0))
      assert.strictEqual((yield* call(headers, "GET /users/self")).data.user.username, "cem")
      yield* Effect.flatMap(Deployment.Deployment, (d) => d.advance("59 seconds"))
      assert.strictEqual(yield* works(headers), "200")
      yield* Effect.flatMap(Deployment.Deployment, (d) => d.advance("1 second"))
      assert.strictEqual(yield* works(headers), "401")
    }).pipe(Effect.provide(world())),
  )

  it.effect("that nobody gives an end lasts as long as the policy says; without a workspace it is of a session", () =>
    Effect.gen(function* () {
      const token = yield* create("cem", { expires_at: undefined, workspace_id: undefined, name: undefined })
      assert.deepInclude(token, { name: "", expires_at: until(30 * 60) })
      assert.notProperty(token, "workspace_id")
      assert.match(token.api_key, /^session_/)
      assert.strictEqual(yield* works(token.headers), "200")
      assert.deepStrictEqual([yield* listed("cem"), yield* listed("cem", "session")], [[], [""]])
      assert.strictEqual(yield* outcome("cem", "GET /tokens"), "400 type")
      assert.strictEqual(yield* outcome("cem", "GET /tokens?type=other"), "400 type")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is for a workspace of the caller's, with a name", () =>
    Effect.gen(function* () {
      const refused = (caller: string, more: object) => outcome(caller, "POST /tokens", { ...request, ...more })
      assert.strictEqual(yield* refused("cem", { name: undefined }), "400 name")
      assert.strictEqual(yield* refused("cem", { scope: undefined }), "400 scope")
      assert.strictEqual(yield* refused("cem", { expires_at: "soon" }), "400 expires_at")
      assert.strictEqual(yield* refused("cem", { workspace_id: "ws_no" }), "404")
      assert.strictEqual(yield* refused("eli", {}), "404")
      assert.strictEqual(yield* outcome({}, "POST /tokens", request), "401")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is listed and revoked by its owner alone", () =>
    Effect.gen(function* () {
      const token = yield* create("cem")
      yield* create("cem", { name: "cd" })
      const { data, pagination } = yield* call("cem", "GET /tokens?type=api&per_page=1")
      const { headers, ...itself } = token
      assert.deepStrictEqual(data, [itself])
      assert.deepStrictEqual(pagination, { page: 1, per_page: 1, total_pages: 2, total_items: 2 })
      assert.deepStrictEqual(yield* listed("dan"), [])
      const revoke = `DELETE /tokens/${token.token_id}`
      assert.deepInclude(yield* call("dan", revoke), { status: 404, code: 10410 })
      assert.strictEqual(yield* outcome("cem", revoke), "204")
      assert.strictEqual(yield* works(headers), "401")
      assert.strictEqual(yield* outcome("cem", revoke), "404")
      assert.deepStrictEqual(yield* listed("cem"), ["cd"])
    }).pipe(Effect.provide(world())),
  )

  it.effect("goes with its user", () =>
    Effect.gen(function* () {
      const { headers } = yield* create("cem")
      yield* call("cem", "DELETE /users/{cem}")
      assert.strictEqual(yield* works(headers), "401")
    }).pipe(Effect.provide(world())),
  )

  it.effect("that the deployment revokes is gone from the listing too", () =>
    Effect.gen(function* () {
      const { api_key } = yield* create("cem")
      yield* Effect.flatMap(Deployment.Deployment, (d) => d.revoke(Redacted.make(api_key)))
      assert.deepStrictEqual(yield* listed("cem"), [])
    }).pipe(Effect.provide(world())),
  )

  it.effect("is as the policy says where nobody knows", () =>
    Effect.gen(function* () {
      const { headers, token_id } = yield* create("cem")
      assert.strictEqual((yield* call("cem", "GET /tokens?type=api")).data[0].api_key, "tiledb_")
      assert.strictEqual(yield* outcome("cem", "POST /tokens", request), "409 name")
      assert.strictEqual(yield* outcome("dan", "POST /tokens", request), "201")
      assert.strictEqual(yield* outcome(headers, `DELETE /tokens/${token_id}`), "403")
      assert.strictEqual(yield* outcome("cem", "DELETE /tokens/tok_no"), "204")
      assert.deepStrictEqual([yield* works(headers), yield* works(headers, "blue")], ["200", "403"])
      assert.strictEqual(yield* outcome("cem", "GET /workspaces/blue"), "200")
      yield* Effect.flatMap(Deployment.Deployment, (d) => d.advance("1 minute"))
      assert.deepStrictEqual(yield* listed("cem"), ["ci"])
      yield* call("ann", "DELETE /workspaceusers/red/{cem}")
      assert.deepStrictEqual(yield* listed("cem"), [])
    }).pipe(
      Effect.provide(
        world(
          {
            ...{ expiredTokens: "listed", listedKeys: "shortened", removedTokens: "revoked", revokeSelf: "refused" },
            ...{ revokeUnknown: 204, tokenNames: "unique", tokenWorkspace: "own" },
          },
          { workspaces: [red, { name: "blue", owner: "eli", members: ["cem"] }] },
        ),
      ),
    ),
  )

  it.effect("by default works in each workspace, stays when its user leaves, and revokes itself", () =>
    Effect.gen(function* () {
      const { headers, token_id } = yield* create("cem")
      assert.strictEqual(yield* works(headers, "blue"), "200")
      assert.strictEqual(yield* outcome("cem", "POST /tokens", request), "201")
      yield* call("ann", "DELETE /workspaceusers/red/{cem}")
      assert.strictEqual(yield* works(headers, "blue"), "200")
      assert.strictEqual(yield* outcome(headers, `DELETE /tokens/${token_id}`), "204")
      assert.strictEqual(yield* works(headers, "blue"), "401")
    }).pipe(Effect.provide(world({}, { workspaces: [red, { name: "blue", owner: "eli", members: ["cem"] }] }))),
  )
})
