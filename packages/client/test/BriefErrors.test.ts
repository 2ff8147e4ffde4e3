import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Credentials, TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import * as BriefErrors from "@effect-tiledb/client/BriefErrors"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

const eve = { username: "eve", email: "eve@example.com", password: Redacted.make("correct horse") }

const calls = {
  getUser: Effect.flatMap(Users.Users, (users) => users.getUser(id)),
  createUser: Effect.flatMap(Users.Users, (users) => users.createUser(eve)),
}

const credentials = Credentials.bearer(Redacted.make("a-token"))

/** The errors of one call over either Layer, with a service that answers everything so. */
const errorsOf = (name: keyof typeof calls, answer: () => Response) => {
  const call: Effect.Effect<unknown, TileDBError.TileDBError, Users.Users> = calls[name]
  const fetch: typeof globalThis.fetch = async () => answer()
  const over = (layerFetch: typeof TileDBClient.layerFetch) =>
    Effect.flip(call).pipe(Effect.provide(Layer.provide(Users.layer, layerFetch({ credentials, fetch }))))
  return Effect.all({ brief: over(BriefErrors.layerFetch), full: over(TileDBClient.layerFetch) })
}

const json = (status: number, body: unknown) => () => Response.json(body, { status })

const said = { code: 10001, message: "username is taken, correct horse", request_id: "req_7" }

const cases: ReadonlyArray<readonly [what: string, name: keyof typeof calls, answer: () => Response, message: string]> =
  [
    [
      "a response of the service",
      "createUser",
      json(409, said),
      "createUser: 409, outcome NotDone [request req_7, api.tiledb.com]",
    ],
    [
      "a response that proves nothing",
      "createUser",
      json(500, said),
      "createUser: 500, outcome Unknown [request req_7, api.tiledb.com]",
    ],
    [
      "no user",
      "getUser",
      json(404, { ...said, message: "no such user" }),
      `getUser: 404, outcome NotDone [request req_7, ${id}, api.tiledb.com]`,
    ],
    [
      "a redirect that is not followed",
      "getUser",
      () => new Response(null, { status: 302, headers: { location: "https://login.example.com/" } }),
      `getUser: RedirectRefused, outcome NotSent [${id}, api.tiledb.com]`,
    ],
    [
      "a response that cannot be read",
      "getUser",
      json(200, { data: { id: 7 } }),
      `getUser: 200 Schema, outcome Done [${id}, api.tiledb.com]`,
    ],
  ]

describe("layerFetch", () => {
  it("has the type of TileDBClient.layerFetch", () => {
    expectTypeOf(BriefErrors.layerFetch).toEqualTypeOf<typeof TileDBClient.layerFetch>()
  })

  for (const [what, name, answer, message] of cases) {
    it.effect(`${what}: a brief message, and all other fields`, () =>
      Effect.gen(function* () {
        const { brief, full } = yield* errorsOf(name, answer)
        assert.strictEqual(brief.message, message)
        assert.strictEqual(brief._tag, full._tag)
        assert.isTrue(message.includes(`outcome ${brief.outcome} `))
        for (const field of Object.keys(full).filter((field) => field !== "message")) {
          const [one, other] = [Reflect.get(brief, field), Reflect.get(full, field)]
          assert.isTrue(Equal.equals(one, other) || JSON.stringify(one) === JSON.stringify(other), field)
        }
      }),
    )
  }

  it.effect("what is refused says what to write instead, as ever", () =>
    Effect.gen(function* () {
      const call = Effect.flatMap(Users.Users, (users) => users.getUser("usr_/" as UserId))
      const error = yield* Effect.flip(
        Effect.provide(call, Layer.provide(Users.layer, BriefErrors.layerFetch({ credentials }))),
      )
      assert.match(error.message, /^getUser was not sent: /)
      const layer = BriefErrors.layerFetch({ baseUrl: "api.tiledb.com" })
      assert.match(String(yield* Effect.flip(Effect.scoped(Layer.build(layer)))), /baseUrl/)
    }),
  )
})
