import * as Record from "effect/Record"
import * as Schema from "effect/Schema"

/** Of each switch its values; the first is the default. */
export const switches = {
  aboveGreatest: Schema.Literal("cut", "refused"),
  answered: Schema.Literal("gone", "listed"),
  beyondLast: Schema.Literal("empty", 404, 400),
  expiredTokens: Schema.Literal("gone", "listed"),
  foreignWorkspace: Schema.Literal(404, 403),
  invitationElsewhere: Schema.Literal("refused", "path", "body"),
  invitationNowhere: Schema.Literal("path", "refused"),
  invitationsOf: Schema.Literal("everybody", "oneself"),
  invitedAgain: Schema.Literal("refused", "ignored", "sent"),
  lastOwner: Schema.Literal("kept", "free"),
  listedKeys: Schema.Literal("whole", "shortened"),
  lists: Schema.Literal("whole", "each"),
  mayChangeOwners: Schema.Literal("owner", "admin"),
  mayList: Schema.Literal("member", "admin", "owner"),
  mayManage: Schema.Literal("admin", "owner", "member"),
  maySeeAddresses: Schema.Literal("member", "admin", "owner"),
  memberAgain: Schema.Literal("refused", "ignored"),
  metadata: Schema.Literal("present", "absent"),
  oneself: Schema.Literal("managers", "anybody", "nobody"),
  order: Schema.Literal("created", "shuffled", "random"),
  owners: Schema.Literal("several", "one"),
  removedInvitations: Schema.Literal("kept", "revoked"),
  removedMembers: Schema.Literal("hidden", "listed"),
  removedTokens: Schema.Literal("kept", "revoked"),
  revokeSelf: Schema.Literal("allowed", "refused"),
  revokeUnknown: Schema.Literal(404, 204),
  search: Schema.Literal("substring", "prefix", "whole", "ignored"),
  searchCase: Schema.Literal("ignored", "exact"),
  tokenNames: Schema.Literal("any", "unique"),
  tokenWorkspace: Schema.Literal("any", "own"),
}

const Size = Schema.Int.pipe(Schema.positive())
const numbers = { churn: Schema.Number.pipe(Schema.between(0, 1)), greatestPage: Size, perPage: Size }

/** The schema of what a test sets of it. */
export const GivenSwitches = Schema.partialWith(Schema.Struct({ ...switches, ...numbers }), { exact: true })

/**
 * Undocumented behaviour of the groups about people, as switches: no client may rely on a value. The README of this package
 * has a table of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface PeoplePolicy extends Schema.Struct.Type<typeof switches & typeof numbers> {}

const firsts = Record.map(switches, ({ literals }): string | number => literals[0])

export const defaults = { ...firsts, churn: 0, greatestPage: 100, perPage: 20 } as PeoplePolicy
