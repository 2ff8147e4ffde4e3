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
  people: {
    ...{ aboveGreatest: "cut", answered: "gone", beyondLast: "empty", churn: 0, expiredTokens: "gone" },
    ...{ foreignWorkspace: 404, greatestPage: 100, invitationElsewhere: "refused", invitationNowhere: "path" },
    ...{ invitationsOf: "everybody", invitedAgain: "refused", lastOwner: "kept", listedKeys: "whole", lists: "whole" },
    ...{ mayChangeOwners: "owner", mayList: "member", mayManage: "admin", maySeeAddresses: "member" },
    ...{ memberAgain: "refused", metadata: "present", oneself: "managers", order: "created", owners: "several" },
    ...{ pageZero: 400, perPage: 20, removedInvitations: "kept", removedMembers: "hidden", removedTokens: "kept" },
    ...{ revokeSelf: "allowed", revokeUnknown: 404, search: "substring", searchCase: "ignored" },
    ...{ tokenNames: "any", tokenWorkspace: "any" },
  },
  tokenLifetime: { confirm_email: Duration.hours(24), password_reset: Duration.hours(1), api: Duration.minutes(30) },
  defaultTimezone: "UTC",
}

it("a policy has the documented defaults", () => {
  assert.deepStrictEqual(Policy.make(), documented as Policy.Policy)
  assert.deepStrictEqual(Policy.make({}), documented as Policy.Policy)
})

it("what is given takes the place of its default alone, each token's lifetime and each switch for itself", () => {
  const given = { createUser: "admins", tokenLifetime: { password_reset: "1 minute" }, people: { perPage: 7 } } as const
  assert.deepStrictEqual(Policy.make(given), {
    ...documented,
    createUser: "admins",
    people: { ...documented.people, perPage: 7 },
    tokenLifetime: { ...documented.tokenLifetime, password_reset: "1 minute" },
  } as Policy.Policy)
})
