/** The ten methods, in memory and over sockets. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { DateTime, Effect, Equal, Redacted } from "effect"
import type { Users as Users3 } from "tiledb-island"
import { type Service, Users } from "../src/tiledb/Users.ts"
import type { ApiError, DecodeError, InvalidRequest, NotFound, TransportError } from "../src/tiledb/values.ts"
import { type World, worlds } from "./world.ts"

type Common = ApiError | DecodeError | InvalidRequest | TransportError

/** All operations in the life of one user. */
const life = ({ token }: World) =>
  Effect.gen(function* () {
    const users = yield* Users
    const ada = yield* users.createUser({ username: "ada", email: "ada@example.com", password: Redacted.make("first") })
    yield* users.confirmEmail(yield* token("ada", "confirm_email"))
    yield* users.updateUser(ada.id, { display_name: "Ada" })
    yield* users.requestEmailConfirmation({ username_or_email: "ada" })
    yield* users.requestPasswordReset({ username_or_email: "ada" })
    yield* users.resetPassword(yield* token("ada", "password_reset"), { new_password: Redacted.make("second") })
    const read = yield* users.getUser(ada.id)
    assert.deepStrictEqual([read.display_name, read.is_valid_email], ["Ada", true])

    const { user, workspaces } = yield* users.getSelfUser
    assert.deepStrictEqual([user.username, workspaces.map(({ self }) => self.role)], ["owner", ["owner"]])
    const wrong = { current_password: Redacted.make("not it"), new_password: Redacted.make("third") }
    const { _tag } = yield* Effect.flip(users.changePassword(wrong))
    assert.strictEqual(_tag, "ApiError")

    yield* users.deleteUser(ada.id)
    const gone = yield* Effect.flip(users.getUser(ada.id))
    assert.strictEqual(gone._tag, "NotFound")
    return { ada, read }
  })

describe("the ten methods", () => {
  it("have the types of the client's, in Effect 4", () => {
    expectTypeOf<keyof Service>().toEqualTypeOf<keyof Users3.Service>()
    expectTypeOf<Effect.Success<ReturnType<Service["getUser"]>>["created_at"]>().toEqualTypeOf<DateTime.Utc>()
    expectTypeOf<Effect.Error<ReturnType<Service["getUser"]>>>().toEqualTypeOf<Common | NotFound>()
    expectTypeOf<Effect.Error<Service["getSelfUser"]>>().toEqualTypeOf<Common>()
    expectTypeOf<Effect.Success<ReturnType<Service["deleteUser"]>>>().toEqualTypeOf<void>()
    expectTypeOf<Parameters<Service["createUser"]>[0]["password"]>().toEqualTypeOf<Redacted.Redacted<string>>()
    expectTypeOf<Parameters<Service["confirmEmail"]>>().toEqualTypeOf<[token: Redacted.Redacted<string>]>()
  })

  for (const [where, world] of Object.entries(worlds))
    it.live(`work ${where}, and give plain values of Effect 4`, () =>
      Effect.gen(function* () {
        const made = yield* world
        const { ada, read } = yield* Effect.provide(life(made), made.layer)
        assert.isTrue(DateTime.isDateTime(ada.created_at))
        assert.strictEqual(Object.getPrototypeOf(ada), Object.prototype)
        const changed = { display_name: "Ada", is_valid_email: true, updated_at: read.updated_at }
        assert.isTrue(Equal.equals({ ...ada, ...changed }, read))
      }),
    )
})
