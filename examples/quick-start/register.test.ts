import { assert, it } from "@effect/vitest"
import { Faults, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Redacted } from "effect"
import { register } from "./register.js"

it.effect("returns the user although the response is lost", () =>
  Effect.gen(function* () {
    yield* Faults.inject({ operation: "createUser", fault: Faults.reset("after"), nth: 1 })
    const password = Redacted.make("correct horse")
    const user = yield* register({ username: "ada", email: "ada@example.com", password })
    assert.strictEqual(user.username, "ada")
  }).pipe(Effect.scoped, Effect.provide(TestUsers.layer())),
)
