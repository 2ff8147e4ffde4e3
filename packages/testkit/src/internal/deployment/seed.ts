import { User, UserId, WorkspaceId } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Rule } from "../../Faults.js"
import { password, type UserSeed } from "../../Fixtures.js"
import { endpointsOf, type Group, type Machine, type Registry } from "../api/machine.js"
import * as Policy from "../api/policy.js"
import { type RateLimit, RateLimiter } from "../api/rateLimit.js"
import { newUser, taken, users as usersGroup } from "../api/users.js"
import type { Mailroom } from "../state/mailroom.js"
import { Random } from "../state/random.js"
import { type Account, State } from "../state/state.js"
import type { Role, Workspace, WorkspaceSeed } from "../state/workspace.js"
import type { Backend } from "./backend.js"

/**
 * How a deployment starts; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The users besides `owner`. Default: none. */
  readonly users?: ReadonlyArray<UserSeed>
  /**
   * The workspaces, and the role of each user in them. Default: one called `main` with all users, with their roles in
   * the deployment.
   */
  readonly workspaces?: ReadonlyArray<WorkspaceSeed>
  /** The seed of ids, tokens and request ids. Default 0. */
  readonly seed?: string | number
  /** The deployment's time at the start, which then advances with the `Clock`. Default: the `Clock`'s own. */
  readonly now?: DateTime.DateTime.Input
  /** The behaviour that the API's document leaves open. */
  readonly policy?: Policy.PartialPolicy
  /** How many calls are accepted within a period; further calls get a 429. Default: no limit. */
  readonly rateLimit?: RateLimit
  /** Fault rules that are in force from the start. Default: none. */
  readonly faults?: ReadonlyArray<Rule>
  /** How many calls the journal keeps. Default 10,000. */
  readonly journalSize?: number
  /**
   * API groups that the deployment serves besides Users.
   *
   * @internal
   */
  readonly groups?: ReadonlyArray<Group>
}

export interface Seeded {
  readonly machine: Machine
  readonly owner: Backend["owner"]
}

const isUserId = Schema.is(UserId)

/** Adds a user, or throws if it is invalid or conflicts with another. */
export const add = (registry: Registry, user: UserSeed, now: number): Account => {
  const { state } = registry
  const email = user.email ?? `${user.username}@example.com`
  const conflicts = taken(registry, user.username, email).map(({ field }) => field)
  if (user.id !== undefined && state.byId(user.id) !== undefined) conflicts.push("id")
  if (user.apiKey !== undefined && state.byApiKey(Redacted.value(user.apiKey)) !== undefined) conflicts.push("apiKey")
  if (user.bearer !== undefined && state.byBearer(Redacted.value(user.bearer)) !== undefined) conflicts.push("bearer")
  if (user.id !== undefined && !isUserId(user.id)) {
    throw new Cause.IllegalArgumentException(
      `The id of the seeded user ${user.username} must be one that UserId takes, such as usr_9m4e2mr0ui3e8a215n4g`,
    )
  }
  if (conflicts.length > 0) {
    throw new Cause.IllegalArgumentException(
      `The users of a deployment must differ: ${user.username} has somebody else's ${conflicts.join(", ")}`,
    )
  }
  const {
    apiKey,
    bearer,
    created_at,
    updated_at,
    image_id,
    confirmed = true,
    role = "member",
    password: secret = password(user.username),
    ...given
  } = user
  const account = newUser(registry, { ...given, email, password: Redacted.value(secret) }, role, confirmed, now)
  if (created_at !== undefined || updated_at !== undefined || image_id !== undefined) {
    const created = created_at === undefined ? account.user.created_at : DateTime.unsafeMake(created_at)
    const set = {
      created_at: DateTime.toUtc(created),
      updated_at: DateTime.toUtc(updated_at === undefined ? created : DateTime.unsafeMake(updated_at)),
      ...(image_id === undefined ? {} : { image_id }),
    }
    state.put({ ...account, user: new User({ ...account.user, ...set }) })
  }
  if (apiKey !== undefined) state.addApiKey(account.user.id, Redacted.value(apiKey))
  if (bearer !== undefined) state.addBearer(account.user.id, Redacted.value(bearer))
  return account
}

const refuse = (message: string): never => {
  throw new Cause.IllegalArgumentException(message)
}

const makeWorkspace = ({ state }: Registry, given: WorkspaceSeed, now: number): Workspace => {
  const find = (username: string): Account =>
    state.byUsername(username) ?? refuse(`The workspace ${given.name} names a user who is not there: ${username}`)
  const roles = new Map<string, Role>()
  const put = (role: Role) => (username: string) => {
    const { id } = find(username).user
    if (roles.has(id)) refuse(`The workspace ${given.name} names ${username} twice: one user has one role`)
    roles.set(id, role)
  }
  put("owner")(given.owner)
  for (const username of given.admins ?? []) put("admin")(username)
  for (const username of given.members ?? []) put("member")(username)
  return {
    id: WorkspaceId.make(given.id ?? state.random.id("ws")),
    name: given.name,
    ...(given.description === undefined ? {} : { description: given.description }),
    founder: find(given.owner).user,
    createdAt: DateTime.unsafeMake(now),
    roles,
  }
}

/** The machine with its first users. The owner comes first, taken from the given users if one is called `owner`. */
export const seed = (options: Options, mailroom: Mailroom, now: number): Seeded => {
  const random = new Random(options.seed ?? 0)
  const state = new State(random)
  const policy = Policy.make(options.policy)
  const users = options.users ?? []
  const isOwner = ({ username }: UserSeed) => username.toLowerCase() === "owner"
  const ownerSeed: UserSeed = { role: "owner", ...(users.find(isOwner) ?? { username: "owner" }) }
  const registry: Registry = { state, policy, mailroom }
  const owner = add(registry, ownerSeed, now)
  const apiKey = ownerSeed.apiKey ?? Redacted.make(random.secret("tiledb"))
  if (ownerSeed.apiKey === undefined) state.addApiKey(owner.user.id, Redacted.value(apiKey))
  const bearer = ownerSeed.bearer ?? Redacted.make(random.ownerBearer)
  if (ownerSeed.bearer === undefined) state.addBearer(owner.user.id, Redacted.value(bearer))
  // Drawn even if it is not used: naming workspaces must not change the ids of users.
  const id = WorkspaceId.make(random.id("ws"))
  const endpoints = endpointsOf([usersGroup, ...(options.groups ?? [])])
  const rateLimiter = options.rateLimit === undefined ? undefined : new RateLimiter(options.rateLimit)
  const machine: Machine = { ...registry, rateLimiter, endpoints }
  for (const user of users) if (!isOwner(user)) add(registry, user, now)
  const main: Workspace = {
    id,
    name: "main",
    description: "The workspace of everybody in this deployment",
    founder: owner.user,
    createdAt: DateTime.unsafeMake(now),
  }
  state.workspaces = options.workspaces?.map((workspace) => makeWorkspace(registry, workspace, now)) ?? [main]
  const ids = state.workspaces.map(({ id }) => id)
  const again = ids.find((id, index) => ids.indexOf(id) !== index)
  if (again !== undefined) refuse(`Two workspaces have the id ${again}`)
  return { machine, owner: { id: owner.user.id, apiKey, bearer } }
}
