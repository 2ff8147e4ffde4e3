import { assert, describe, it } from "@effect/vitest"
import { TileDBClient, Users } from "@effect-tiledb/client"
import { Faults, Mailbox, TestHttpClient, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"
import { invite } from "./invite.js"

describe("invite", () => {
  it.effect("creates the account and sends an e-mail to set a password", () =>
    Effect.gen(function* () {
      const user = yield* invite("ada@example.com")
      assert.strictEqual(user.email, "ada@example.com")
      assert.strictEqual(yield* Mailbox.count({ to: "ada@example.com", kind: "password_reset" }), 1)
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it.effect("says whether the account may exist when the answer is lost", () =>
    Effect.gen(function* () {
      yield* Faults.inject({ operation: "createUser", fault: Faults.reset("after") })
      assert.match(
        String(yield* Effect.flip(invite("ada@example.com"))),
        /check with Users.resolveCreate before you retry; .*\(Unknown\)/,
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(Users.layer.pipe(Layer.provide(TileDBClient.layer()), Layer.provideMerge(TestHttpClient.layer()))),
    ),
  )
})
