import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Policy from "../../src/internal/api/policy.js"

const documented = {
  minimumPasswordLength: 1,
  checkEmail: true,
  loginNeedsConfirmation: false,
  createUser: "anyone",
  readUsers: "anyone",
  confirmationForUnknown: 404,
  tokenLifetime: { confirm_email: Duration.hours(24), password_reset: Duration.hours(1) },
  defaultTimezone: "UTC",
}

it("a policy has the documented defaults", () => {
  assert.deepStrictEqual(Policy.make(), documented as Policy.Policy)
  assert.deepStrictEqual(Policy.make({}), documented as Policy.Policy)
})

it("what is given takes the place of its default alone, each token's lifetime for itself", () => {
  assert.deepStrictEqual(Policy.make({ createUser: "admins", tokenLifetime: { password_reset: "1 minute" } }), {
    ...documented,
    createUser: "admins",
    tokenLifetime: { confirm_email: Duration.hours(24), password_reset: "1 minute" },
  } as Policy.Policy)
})
