import type { User, WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Order from "effect/Order"
import type { Random } from "./random.js"
import type { Account, Grant, Membership, OwnToken, Sent, Workspace } from "./rows.js"
import { forget, memberOf, roleIn } from "./workspace.js"

interface Tables {
  readonly accounts: ReadonlyMap<string, Account>
  readonly usernames: ReadonlyMap<string, string>
  readonly emails: ReadonlyMap<string, string>
  readonly apiKeys: ReadonlyMap<string, string>
  readonly bearers: ReadonlyMap<string, string>
  readonly grants: ReadonlyMap<string, Grant>
  readonly tokens: ReadonlyMap<string, OwnToken>
  readonly invitations: ReadonlyMap<string, Sent>
}

export interface StateSnapshot extends Tables {
  readonly workspaces: ReadonlyArray<Workspace>
  readonly random: Random["state"]
}

// Accounts and grants are never mutated, so copying the tables copies the deployment.
const copy = (tables: Partial<Tables> = {}) => ({
  accounts: new Map(tables.accounts),
  usernames: new Map(tables.usernames),
  emails: new Map(tables.emails),
  // The keys of a deleted user are kept: they map to an id that no longer exists, so deletion need not find them.
  apiKeys: new Map(tables.apiKeys),
  bearers: new Map(tables.bearers),
  grants: new Map(tables.grants),
  tokens: new Map(tables.tokens),
  invitations: new Map(tables.invitations),
})

const byTime = Order.mapInput(DateTime.Order, ({ created_at }: WorkspaceUser) => created_at)

const fold = (name: string) => name.toLowerCase()

/**
 * The tables of a deployment and their indexes: every lookup is by key, whatever the number of users. The tables are
 * private (`#`), so that printing an object with a `State` prints no secret.
 */
export class State {
  #tables = copy()
  /** Of each workspace, until a user changes: pages of a long listing are made of one list. */
  readonly #members = new Map<Workspace, { readonly [List in "all" | "present"]: ReadonlyArray<WorkspaceUser> }>()
  workspaces: ReadonlyArray<Workspace> = []

  constructor(readonly random: Random) {}

  get tables() {
    return this.#tables
  }

  byId = (id: string): Account | undefined => this.#tables.accounts.get(id)

  byUsername = (username: string): Account | undefined => this.#follow(this.#tables.usernames, fold(username))

  byEmail = (email: string): Account | undefined => this.#follow(this.#tables.emails, fold(email))

  byUsernameOrEmail = (name: string): Account | undefined => this.byUsername(name) ?? this.byEmail(name)

  /** By a key that is not limited in time, or a token that has not expired. */
  byApiKey(key: string, now = 0): Account | undefined {
    const own = this.#tables.tokens.get(key)
    if (own === undefined) return this.#follow(this.#tables.apiKeys, key)
    return now < DateTime.toEpochMillis(own.token.expires_at) ? this.byId(own.userId) : undefined
  }

  byBearer = (token: string): Account | undefined => this.#follow(this.#tables.bearers, token)

  put(account: Account): undefined {
    const { id, username, email } = account.user
    const before = this.#tables.accounts.get(id)
    this.#members.clear()
    if (before !== undefined && before.user.email !== email) this.#tables.emails.delete(fold(before.user.email))
    this.#tables.accounts.set(id, account)
    this.#tables.usernames.set(fold(username), id)
    this.#tables.emails.set(fold(email), id)
  }

  remove({ user }: Account): undefined {
    this.#members.clear()
    this.#tables.accounts.delete(user.id)
    this.#tables.usernames.delete(fold(user.username))
    this.#tables.emails.delete(fold(user.email))
    // A new user with this id is another user.
    this.workspaces = this.workspaces.map((workspace) => forget(workspace, user.id))
  }

  /** Revokes an API key, bearer token or token of `createToken`. */
  forget(secret: string): undefined {
    this.#tables.tokens.delete(secret)
    this.#tables.apiKeys.delete(secret)
    this.#tables.bearers.delete(secret)
  }

  /** The workspaces that a user belongs to. */
  workspacesOf = (user: User): ReadonlyArray<Workspace> =>
    this.workspaces.filter((workspace) => roleIn(workspace, user) !== undefined)

  /** The workspace with this id or name; an id takes precedence. */
  workspace = (idOrName: string): Workspace | undefined =>
    this.workspaces.find(({ id }) => id === idOrName) ?? this.workspaces.find(({ name }) => name === idOrName)

  /** Changes memberships of a workspace; returns the workspace as it is then. */
  changeMembers(workspace: Workspace, changes: Iterable<readonly [string, Membership]>): Workspace {
    const next = { ...workspace, changes: new Map([...(workspace.changes ?? []), ...changes]) }
    this.#members.clear()
    this.workspaces = this.workspaces.map((one) => (one.id === next.id ? next : one))
    return next
  }

  /** The users who belong to a workspace, in the order in which they joined; and who did (they have `deleted_at`). */
  members(workspace: Workspace, isAll = false): ReadonlyArray<WorkspaceUser> {
    const { changes = new Map(), roles } = workspace
    const known = this.#members.get(workspace)
    if (known !== undefined) return isAll ? known.all : known.present
    const ids = roles === undefined ? this.#tables.accounts.keys() : new Set([...roles.keys(), ...changes.keys()])
    const accounts = Array.from(ids, this.byId).filter((account) => account !== undefined)
    const all = accounts.map(({ user }) => memberOf(workspace, user)).sort(byTime)
    this.#members.set(workspace, { all, present: all.filter(({ deleted_at }) => deleted_at === undefined) })
    return this.members(workspace, isAll)
  }

  /** The account for which a scoped token of this scope is still valid. */
  granted(token: string, scope: Grant["scope"], now: number): Account | undefined {
    const grant = this.#tables.grants.get(token)
    if (grant === undefined || grant.scope !== scope) return undefined
    const account = this.#tables.accounts.get(grant.userId)
    const alive =
      account !== undefined &&
      now < grant.expiresAt &&
      (scope === "confirm_email"
        ? account.user.email === grant.email
        : account.passwordVersion === grant.passwordVersion)
    if (alive) return account
    this.#tables.grants.delete(token)
    return undefined
  }

  get snapshot(): StateSnapshot {
    return { ...copy(this.#tables), workspaces: this.workspaces, random: this.random.state }
  }

  restore(snapshot: StateSnapshot): void {
    this.#members.clear()
    this.#tables = copy(snapshot)
    this.workspaces = snapshot.workspaces
    this.random.state = snapshot.random
  }

  #follow(index: Map<string, string>, key: string): Account | undefined {
    return this.#tables.accounts.get(index.get(key) ?? "")
  }
}
