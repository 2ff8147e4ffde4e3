import type { User, UserId } from "@effect-tiledb/schema"
import type { Random, RandomState } from "./random.js"
import type { Workspace } from "./workspace.js"

/** The purpose of an e-mailed token. */
export type Scope = "confirm_email" | "password_reset"

/** A user with its private data; replaced, never mutated. */
export interface Account {
  readonly user: User
  readonly password: string
  /** Incremented by each change of the password: reset tokens of an earlier password are invalid. */
  readonly passwordVersion: number
}

/** The purpose of a scoped token. It is valid while the address, or the password, is the same as at its issue. */
export interface Grant {
  readonly userId: UserId
  readonly scope: Scope
  readonly email: string
  readonly passwordVersion: number
  readonly expiresAt: number
}

export interface StateSnapshot {
  readonly accounts: ReadonlyMap<string, Account>
  readonly usernames: ReadonlyMap<string, string>
  readonly emails: ReadonlyMap<string, string>
  readonly apiKeys: ReadonlyMap<string, string>
  readonly bearers: ReadonlyMap<string, string>
  readonly grants: ReadonlyMap<string, Grant>
  readonly workspaces: ReadonlyArray<Workspace>
  readonly random: RandomState
}

const fold = (name: string) => name.toLowerCase()

/**
 * The tables of a deployment and their indexes: every lookup is by key, whatever the number of users. All fields are
 * private (`#`), so that printing an object with a `State` prints no secret.
 */
export class State {
  #accounts = new Map<string, Account>()
  #usernames = new Map<string, string>()
  #emails = new Map<string, string>()
  // The keys of a deleted user are kept: they map to an id that no longer exists, so deletion need not find them.
  #apiKeys = new Map<string, string>()
  #bearers = new Map<string, string>()
  #grants = new Map<string, Grant>()
  #workspaces: ReadonlyArray<Workspace> = []
  // The workspaces of each user, except those that all users belong to.
  #memberships = new Map<string, ReadonlyArray<Workspace>>()
  #everybodys: ReadonlyArray<Workspace> = []
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  get size(): number {
    return this.#accounts.size
  }

  accounts = (): IterableIterator<Account> => this.#accounts.values()

  byId = (id: string): Account | undefined => this.#accounts.get(id)

  byUsername = (username: string): Account | undefined => this.#follow(this.#usernames, fold(username))

  byEmail = (email: string): Account | undefined => this.#follow(this.#emails, fold(email))

  byUsernameOrEmail = (name: string): Account | undefined => this.byUsername(name) ?? this.byEmail(name)

  byApiKey = (key: string): Account | undefined => this.#follow(this.#apiKeys, key)

  byBearer = (token: string): Account | undefined => this.#follow(this.#bearers, token)

  put(account: Account): undefined {
    const { id, username, email } = account.user
    const before = this.#accounts.get(id)
    if (before !== undefined && before.user.email !== email) this.#emails.delete(fold(before.user.email))
    this.#accounts.set(id, account)
    this.#usernames.set(fold(username), id)
    this.#emails.set(fold(email), id)
  }

  remove({ user }: Account): undefined {
    this.#accounts.delete(user.id)
    this.#usernames.delete(fold(user.username))
    this.#emails.delete(fold(user.email))
  }

  addApiKey(userId: UserId, key: string): void {
    this.#apiKeys.set(key, userId)
  }

  addBearer(userId: UserId, token: string): void {
    this.#bearers.set(token, userId)
  }

  /** Revokes an API key or bearer token. */
  forget(secret: string): void {
    this.#apiKeys.delete(secret)
    this.#bearers.delete(secret)
  }

  get workspaces(): ReadonlyArray<Workspace> {
    return this.#workspaces
  }

  set workspaces(workspaces: ReadonlyArray<Workspace>) {
    this.#workspaces = workspaces
    this.#everybodys = workspaces.filter(({ roles }) => roles === undefined)
    this.#memberships = new Map()
    for (const workspace of workspaces) {
      for (const id of workspace.roles?.keys() ?? []) {
        this.#memberships.set(id, [...(this.#memberships.get(id) ?? []), workspace])
      }
    }
  }

  /** The workspaces of a user. */
  workspacesOf = (userId: string): ReadonlyArray<Workspace> => {
    const own = this.#memberships.get(userId)
    return own === undefined ? this.#everybodys : [...this.#everybodys, ...own]
  }

  grant(token: string, grant: Grant): void {
    this.#grants.set(token, grant)
  }

  /** The account for which a scoped token of this scope is still valid. */
  granted(token: string, scope: Scope, now: number): Account | undefined {
    const grant = this.#grants.get(token)
    if (grant === undefined || grant.scope !== scope) return undefined
    const account = this.#accounts.get(grant.userId)
    const alive =
      account !== undefined &&
      now < grant.expiresAt &&
      (scope === "confirm_email"
        ? account.user.email === grant.email
        : account.passwordVersion === grant.passwordVersion)
    if (alive) return account
    this.#grants.delete(token)
    return undefined
  }

  revoke(token: string): void {
    this.#grants.delete(token)
  }

  // Accounts and grants are never mutated, so copying the tables copies the deployment.
  get snapshot(): StateSnapshot {
    return {
      accounts: new Map(this.#accounts),
      usernames: new Map(this.#usernames),
      emails: new Map(this.#emails),
      apiKeys: new Map(this.#apiKeys),
      bearers: new Map(this.#bearers),
      grants: new Map(this.#grants),
      workspaces: this.#workspaces,
      random: this.random.state,
    }
  }

  restore(snapshot: StateSnapshot): void {
    this.#accounts = new Map(snapshot.accounts)
    this.#usernames = new Map(snapshot.usernames)
    this.#emails = new Map(snapshot.emails)
    this.#apiKeys = new Map(snapshot.apiKeys)
    this.#bearers = new Map(snapshot.bearers)
    this.#grants = new Map(snapshot.grants)
    this.workspaces = snapshot.workspaces
    this.random.state = snapshot.random
  }

  #follow(index: Map<string, string>, key: string): Account | undefined {
    const id = index.get(key)
    return id === undefined ? undefined : this.#accounts.get(id)
  }
}
