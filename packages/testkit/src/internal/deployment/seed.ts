import { WorkspaceId } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { Group } from "../../Group.js"
import * as Invitations from "../api/invitations.js"
import type { Registry } from "../api/machine.js"
import * as Members from "../api/members.js"
import * as Policy from "../api/policy.js"
import { type RateLimit, RateLimiter } from "../api/rateLimit.js"
import * as Tokens from "../api/tokens.js"
import * as Users from "../api/users.js"
import type { Rule } from "../faults/fault.js"
import { Mailroom } from "../state/mailroom.js"
import { Random } from "../state/random.js"
import type { Role, Workspace } from "../state/rows.js"
import { State } from "../state/state.js"
import type { UserSeed } from "../state/userSeed.js"
import type { WorkspaceSeed } from "../state/workspace.js"
import { add, refuse } from "./accounts.js"
import type { Backend } from "./backend.js"

/**
 * How a deployment starts; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The users besides `owner`. Default: none. */
  readonly users?: ReadonlyArray<UserSeed> | undefined
  /**
   * The workspaces, and the role of each user in them. Default: one called `main` with all users, with their roles in
   * the deployment.
   */
  readonly workspaces?: ReadonlyArray<WorkspaceSeed> | undefined
  /** The seed of ids, tokens and request ids. Default 0. */
  readonly seed?: string | number | undefined
  /** The deployment's time at the start, which then advances with the `Clock`. Default: the `Clock`'s own. */
  readonly now?: DateTime.DateTime.Input | undefined
  /** The behaviour that the API's document leaves open. */
  readonly policy?: Policy.PartialPolicy | undefined
  /** How many calls are accepted within a period; further calls get a 429. Default: no limit. */
  readonly rateLimit?: RateLimit | undefined
  /** Fault rules that are in force from the start. Default: none. */
  readonly faults?: ReadonlyArray<Rule> | undefined
  /** How many calls the journal keeps. Default 10,000. */
  readonly journalSize?: number | undefined
  /** API groups that the deployment serves besides Users; see `Group.make`. Default: none. */
  readonly groups?: ReadonlyArray<Group> | undefined
}

const makeWorkspace = ({ state }: Registry, given: WorkspaceSeed, now: number): Workspace => {
  const { admins = [], description, id, members = [], name, owner } = given
  const roles = new Map<string, Role>()
  const put = (username: string, role: Role) => {
    const { user } = state.byUsername(username) ?? refuse(`The workspace ${name} names an unknown user: ${username}`)
    if (roles.has(user.id)) refuse(`The workspace ${name} names ${username} twice: give each user one role`)
    roles.set(user.id, role)
    return user
  }
  const founder = put(owner, "owner")
  for (const username of admins) put(username, "admin")
  for (const username of members) put(username, "member")
  const workspaceId = WorkspaceId.make(id ?? state.random.id("ws"))
  return { id: workspaceId, name, description, founder, createdAt: DateTime.unsafeMake(now), roles }
}

/** The state machine of a deployment, with the given users and workspaces, and its owner. */
export const seed = (options: Options, now: number): Pick<Backend, "machine" | "owner"> => {
  const random = new Random(options.seed ?? 0)
  const state = new State(random)
  const users = options.users ?? []
  const isOwner = ({ username }: UserSeed) => username.toLowerCase() === "owner"
  const ownerSeed: UserSeed = { role: "owner", ...(users.find(isOwner) ?? { username: "owner" }) }
  const registry: Registry = { state, policy: Policy.make(options.policy), mailroom: new Mailroom() }
  const { user: founder } = add(registry, ownerSeed, now)
  const apiKey = ownerSeed.apiKey ?? Redacted.make(random.secret("tiledb"))
  state.tables.apiKeys.set(Redacted.value(apiKey), founder.id)
  const bearer = ownerSeed.bearer ?? Redacted.make(random.ownerBearer)
  state.tables.bearers.set(Redacted.value(bearer), founder.id)
  // Drawn even if it is not used: naming workspaces must not change the ids of users.
  const id = WorkspaceId.make(random.id("ws"))
  for (const user of users) if (!isOwner(user)) add(registry, user, now)
  const description = "The workspace of everybody in this deployment"
  const main: Workspace = { id, name: "main", description, founder, createdAt: DateTime.unsafeMake(now) }
  state.workspaces = options.workspaces?.map((workspace) => makeWorkspace(registry, workspace, now)) ?? [main]
  const ids = state.workspaces.map(({ id }) => id)
  const again = ids.find((id, index) => ids.indexOf(id) !== index)
  if (again !== undefined) refuse(`Two workspaces have the id ${again}`)
  const rateLimiter = options.rateLimit === undefined ? undefined : new RateLimiter(options.rateLimit)
  const given = options.groups ?? []
  const endpoints = new Map(
    [Users, Members, Invitations, Tokens, ...given].flatMap((group) => Array.from(group.endpoints)),
  )
  const groups = new Map(given.map((group) => [group, group.initial] as const))
  return { machine: { ...registry, rateLimiter, endpoints, groups }, owner: { id: founder.id, apiKey, bearer } }
}
