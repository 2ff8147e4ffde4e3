import * as Record from "effect/Record"
import * as Schema from "effect/Schema"

/** Of each switch its values; the first is the default. */
export const switches = {
  /** What a `per_page` above `greatestPage` gives: pages of that size, or 400. */
  aboveGreatest: Schema.Literal("cut", "refused"),
  /** Whether accepted, rejected and revoked invitations stay listed. */
  answered: Schema.Literal("gone", "listed"),
  /** The response to a page after the last one. */
  beyondLast: Schema.Literal("empty", 404, 400),
  /** Whether expired tokens stay listed. */
  expiredTokens: Schema.Literal("gone", "listed"),
  /** The status for a workspace that the caller does not belong to. */
  foreignWorkspace: Schema.Literal(404, 403),
  /** Which workspace an invitation is to if path and body name two; `refused` is 400. */
  invitationElsewhere: Schema.Literal("refused", "path", "body"),
  /** What an invitation without `workspace_invitation` is: one to the path's workspace, or 400. */
  invitationNowhere: Schema.Literal("path", "refused"),
  /** Whether the invitations of other admins are listed. */
  invitationsOf: Schema.Literal("everybody", "oneself"),
  /** What a second invitation to an address does (409). */
  invitedAgain: Schema.Literal("refused", "ignored", "sent"),
  /** Whether the only owner may be removed or get another role (409). */
  lastOwner: Schema.Literal("kept", "free"),
  /** Whether a listing has whole keys, or seven characters of each. */
  listedKeys: Schema.Literal("whole", "shortened"),
  /** Whether one bad element refuses the whole list, or only itself. */
  lists: Schema.Literal("whole", "each"),
  /** The least role that changes and removes owners. */
  mayChangeOwners: Schema.Literal("owner", "admin"),
  /** The least role that reads members. */
  mayList: Schema.Literal("member", "admin", "owner"),
  /** The least role that adds, changes, removes and invites. */
  mayManage: Schema.Literal("admin", "owner", "member"),
  /** The least role that sees addresses; others get an empty one. */
  maySeeAddresses: Schema.Literal("member", "admin", "owner"),
  /** What adding or inviting a member does (409). */
  memberAgain: Schema.Literal("refused", "ignored"),
  /** Whether pages have `pagination_metadata`. */
  metadata: Schema.Literal("present", "absent"),
  /** Who may lower their own role, or leave. */
  oneself: Schema.Literal("managers", "anybody", "nobody"),
  /** The order of listings: as created, another one, or another one for each page. */
  order: Schema.Literal("created", "shuffled", "random"),
  /** Whether there may be a second owner (409). */
  owners: Schema.Literal("several", "one"),
  /** The response to page 0: 400, or the first page. */
  pageZero: Schema.Literal(400, "first"),
  /** What becomes of the invitations by a member who leaves. */
  removedInvitations: Schema.Literal("kept", "revoked"),
  /** Whether members who left are listed, with `deleted_at`. */
  removedMembers: Schema.Literal("hidden", "listed"),
  /** What becomes of a member's tokens for the workspace when the member leaves. */
  removedTokens: Schema.Literal("kept", "revoked"),
  /** Whether a token may revoke itself (403). */
  revokeSelf: Schema.Literal("allowed", "refused"),
  /** The status when an unknown invitation or token is revoked. */
  revokeUnknown: Schema.Literal(404, 204),
  /** How `search` matches a username or an address. */
  search: Schema.Literal("substring", "prefix", "whole", "wildcards", "ignored"),
  /** Whether `search` ignores letter case. */
  searchCase: Schema.Literal("ignored", "exact"),
  /** Whether a user's tokens may have the same name (409). */
  tokenNames: Schema.Literal("any", "unique"),
  /** Whether a token also works on workspaces other than its own (403). */
  tokenWorkspace: Schema.Literal("any", "own"),
}

const Size = Schema.Int.pipe(Schema.positive())
const numbers = {
  /** The probability that a member joins or leaves after a page of members, from 0 to 1. */
  churn: Schema.Number.pipe(Schema.between(0, 1)),
  /** The greatest size of a page. */
  greatestPage: Size,
  /** The size of a page when the request names none. */
  perPage: Size,
}

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
