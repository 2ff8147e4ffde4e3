import { Credentials, type Invitations, type Tokens, type Users, type Workspaces } from "@effect-tiledb/client"
import {
  type InvitationsOperations,
  type TokensOperations,
  type User,
  UserId,
  type WorkspacesOperations,
  type WorkspaceUser,
} from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { YieldWrap } from "effect/Utils"
import * as Deployment from "../../Deployment.js"
import type { Mailbox } from "../../Mailbox.js"
import { type Case, fails, holds, same, tokenFor, Violation, works } from "./check.js"

/**
 * The services of one caller.
 *
 * @since 0.1.0
 * @category models
 */
export interface People {
  /** The users. */
  readonly users: Users.Service
  /** The workspaces and their members. */
  readonly workspaces: Workspaces.Service
  /** The invitations. */
  readonly invitations: Invitations.Service
  /** The caller's tokens. */
  readonly tokens: Tokens.Service
}

type As<E, R> = (credentials: Credentials.Credentials) => Effect.Effect<People, E, R>

/** What the steps of a case have: the services of the owner, and others who call. */
interface World extends People {
  readonly deployment: Deployment.Service
  /** The services of a user with other credentials. */
  readonly as: As<never, never>
  /** Registers a user. */
  readonly register: (username: string) => Effect.Effect<User, Violation>
  /** Registers a user and makes them a member; the result has their services too. */
  readonly member: (username: string) => Effect.Effect<People & { readonly user: User }, Violation>
  /** Reads a member. */
  readonly read: (id: UserId) => Effect.Effect<WorkspaceUser, Violation>
}

type Rows = typeof InvitationsOperations & typeof TokensOperations & typeof WorkspacesOperations
type Needs = Deployment.Deployment | Mailbox
type Steps = (world: World) => Generator<YieldWrap<Effect.Effect<unknown, Violation, Mailbox>>, void, never>
type Rule = { readonly name: string; readonly steps: Steps }

const rule = (name: string, steps: Steps): Rule => ({ name, steps })

/** The name of the workspace, of which the deployment's owner is the only member. */
export const workspace = "contract"

const at = { workspace }
const password = Redacted.make("a password")
const zoe = { invitee_email: "zoe@example.com", prospective_role: "admin" } as const
const token = { expires_at: DateTime.unsafeMake("2200-01-01T00:00:00Z"), name: "", scope: "*" }

/** Invites zoe; the result is the secret of the e-mail. */
const invite = ({ invitations }: World) =>
  Effect.zipRight(works(invitations.createInvitations([zoe], at)), tokenFor(zoe.invitee_email, "invitation"))

const answer = ({ deployment }: World, secret: Redacted.Redacted<string>, what: "accept" | "reject") =>
  Effect.mapError(deployment.answerInvitation(secret, what), ({ message }) => new Violation({ message }))

const create = ({ tokens, workspaces }: People, name: string) =>
  Effect.flatMap(works(workspaces.getWorkspace(at)), ({ workspace_id }) =>
    works(tokens.createToken({ ...token, name, workspace_id })),
  )

const self = ({ users }: People) => works(users.getSelfUser)

/** The role of the caller in the workspace. */
const ownRole = (people: People) =>
  Effect.map(self(people), ({ workspaces }) => workspaces.find(({ name }) => name === workspace)?.self.role)

const isNotFound = ({ workspaces }: World, id: UserId) =>
  fails("getWorkspaceUser", workspaces.getWorkspaceUser(id, at), "NotFound")

/** The type requires at least one case of every operation. */
const byOperation: { readonly [Name in keyof Rows]: Rule | Arr.NonEmptyReadonlyArray<Rule> } = {
  createInvitations: [
    rule("who accepts an invitation, with the token of the e-mail, is a member with its role", function* (world) {
      const secret = yield* invite(world)
      const { id } = yield* world.register("zoe")
      yield* isNotFound(world, id)
      yield* answer(world, secret, "accept")
      const { added_by, role } = yield* world.read(id)
      yield* same("role and sender", [role, added_by], [zoe.prospective_role, world.deployment.ownerId])
    }),
    rule("who rejects an invitation is no member", function* (world) {
      const secret = yield* invite(world)
      const { id } = yield* world.register("zoe")
      yield* answer(world, secret, "reject")
      yield* isNotFound(world, id)
    }),
  ],
  createToken: rule("createToken gives a credential of the caller, as it was asked for", function* (world) {
    const { user, ...ada } = yield* world.member("ada")
    const { api_key, expires_at, name, scope } = yield* create(ada, "ada's")
    yield* same("the token", { expires_at, name, scope }, { ...token, name: "ada's" })
    yield* same("its user", (yield* self(yield* world.as(Credentials.apiKey(api_key)))).user.id, user.id)
  }),
  createWorkspaceUsers: rule("createWorkspaceUsers adds users with a role each, and gives them", function* (world) {
    const users = [yield* world.register("ada"), yield* world.register("bob")]
    const list = users.map(({ id }, index) => ({ user_id: id, role: index === 0 ? "admin" : "member" }))
    const added = yield* works(world.workspaces.createWorkspaceUsers(list, at))
    const given = added.map(({ added_by, role, user_id }) => [user_id, role, added_by])
    yield* same(
      "the members",
      given,
      list.map(({ role, user_id }) => [user_id, role, world.deployment.ownerId]),
    )
    yield* same("the role of ada", yield* ownRole(yield* world.as(Credentials.basic("ada", password))), "admin")
  }),
  deleteWorkspaceUser: rule("deleteWorkspaceUser ends the membership, once, and not the account", function* (world) {
    const { user, ...ada } = yield* world.member("ada")
    yield* same("the role of ada", yield* ownRole(ada), "member")
    yield* works(world.workspaces.deleteWorkspaceUser(user.id, at))
    yield* isNotFound(world, user.id)
    yield* fails("deleteWorkspaceUser", world.workspaces.deleteWorkspaceUser(user.id, at), "NotFound")
    yield* same("the role of ada", yield* ownRole(ada), undefined)
  }),
  getWorkspace: rule("getWorkspace gives the same by name and by id; another is NotFound", function* (world) {
    const { deployment, workspaces } = world
    const byName = yield* works(workspaces.getWorkspace(at))
    const byId = yield* works(workspaces.getWorkspace({ workspace: byName.workspace_id }))
    yield* same("by id", byId, byName)
    const { created_by, name, self } = byName
    yield* same("name and people", [name, self, self.user_id], [workspace, created_by, deployment.ownerId])
    yield* fails("getWorkspace", workspaces.getWorkspace({ workspace: "no-such" }), "NotFound")
  }),
  getWorkspaceUser: rule("getWorkspaceUser gives whom the listing has; others are NotFound", function* (world) {
    const { user } = yield* world.member("ada")
    const { items } = yield* works(world.workspaces.listWorkspaceUsers(at))
    yield* same(
      "the member",
      items.find(({ user_id }) => user_id === user.id),
      yield* world.read(user.id),
    )
    yield* isNotFound(world, (yield* world.register("bob")).id)
    yield* isNotFound(world, UserId.make("usr_00000000000000000000"))
  }),
  listInvitations: rule("listInvitations shows whom an admin has invited, and no secret", function* (world) {
    yield* invite(world)
    const { items } = yield* works(world.invitations.listInvitations(at))
    const shown = items.map(({ created_by, invitee_email, jwt, workspace_invitation: to }) => [
      ...[invitee_email, created_by.user_id, to?.name, to?.prospective_role, jwt],
    ])
    const { invitee_email, prospective_role } = zoe
    yield* same("shown", shown, [[invitee_email, world.deployment.ownerId, workspace, prospective_role, undefined]])
  }),
  listTokens: rule("listTokens shows the caller's own tokens alone, by their type", function* (world) {
    const [ada, bob] = [yield* world.member("ada"), yield* world.member("bob")]
    yield* create(ada, "ada's")
    const { token_id } = yield* create(bob, "bob's")
    const read = (type: "api" | "session") => works(bob.tokens.listTokens({ type }))
    const [own, sessions] = [yield* read("api"), yield* read("session")]
    yield* same(
      "bob's",
      own.items.map((one) => [one.name, one.token_id]),
      [["bob's", token_id]],
    )
    yield* holds("it is none of a session", !sessions.items.some((one) => one.token_id === token_id))
  }),
  listWorkspaceUsers: [
    rule("listWorkspaceUsers gives everybody, in pages that say how many there are", function* (world) {
      const added = [(yield* world.member("ada")).user.id, (yield* world.member("bob")).user.id]
      const read = (page: number) => works(world.workspaces.listWorkspaceUsers({ ...at, page, per_page: 2 }))
      const [first, second] = [yield* read(1), yield* read(2)]
      const ids = [...first.items, ...second.items].map(({ user_id }) => user_id)
      yield* same("the members", ids.toSorted(), [...added, world.deployment.ownerId].toSorted())
      yield* same("the metadata", first.pagination, { page: 1, per_page: 2, total_pages: 2, total_items: 3 })
    }),
    rule("a search for an address finds its member", function* (world) {
      const { user } = yield* world.member("ada")
      yield* world.member("bob")
      const list = world.workspaces.listWorkspaceUsers({ ...at, search: user.email })
      const { items } = yield* works(list)
      yield* same("found", items.find(({ email }) => email === user.email)?.user_id, user.id)
    }),
  ],
  revokeInvitation: rule("a revoked invitation cannot be accepted", function* (world) {
    const secret = yield* invite(world)
    yield* world.register("zoe")
    const { items } = yield* works(world.invitations.listInvitations(at))
    for (const { invitation_id } of items) {
      yield* works(world.invitations.revokeInvitation(invitation_id, at))
    }
    yield* holds("its token is dead", (yield* Effect.either(answer(world, secret, "accept")))._tag === "Left")
  }),
  revokeToken: rule("revokeToken ends one token of the caller's, and nobody else's", function* (world) {
    const [ada, bob] = [yield* world.member("ada"), yield* world.member("bob")]
    const [one, other] = [yield* create(ada, "one"), yield* create(ada, "other")]
    yield* Effect.ignore(bob.tokens.revokeToken(other.token_id))
    yield* works(ada.tokens.revokeToken(one.token_id))
    const { users } = yield* world.as(Credentials.apiKey(one.api_key))
    yield* fails("getSelfUser", users.getSelfUser, "ApiError 401")
    yield* self(yield* world.as(Credentials.apiKey(other.api_key)))
  }),
  updateWorkspaceUser: [
    rule("updateWorkspaceUser sets the role in the workspace, and nothing else", function* (world) {
      const { user } = yield* world.member("ada")
      const before = yield* world.read(user.id)
      const update = world.workspaces.updateWorkspaceUser(user.id, { role: "admin" }, at)
      yield* works(update)
      yield* same("the member", yield* world.read(user.id), { ...before, role: "admin" })
      yield* same("the user", yield* works(world.users.getUser(user.id)), user)
    }),
    rule("a plain member changes and removes nobody else, and adds and invites nobody", function* (world) {
      const { invitations, workspaces } = yield* world.member("ada")
      const { id: user_id } = (yield* world.member("bob")).user
      const { id } = yield* world.register("zoe")
      const refused = [
        workspaces.updateWorkspaceUser(user_id, { role: "admin" }, at),
        workspaces.deleteWorkspaceUser(user_id, at),
        workspaces.createWorkspaceUsers([{ user_id: id, role: "member" }], at),
        invitations.createInvitations([zoe], at),
      ]
      for (const call of refused) yield* fails("a plain member", call, "ApiError 403")
    }),
  ],
}

const worldOf = <E, R>(make: As<E, R>): Effect.Effect<World, E, R | Deployment.Deployment> =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    const context = yield* Effect.context<R>()
    const as: World["as"] = (credentials) => Effect.orDie(Effect.provide(make(credentials), context))
    const owner = yield* make(Credentials.apiKey(deployment.apiKey))
    const register: World["register"] = (username) =>
      works(owner.users.createUser({ username, email: `${username}@example.com`, password }))
    const member: World["member"] = Effect.fn(function* (username) {
      const user = yield* register(username)
      yield* works(owner.workspaces.createWorkspaceUsers([{ user_id: user.id, role: "member" }], at))
      return { user, ...(yield* as(Credentials.basic(username, password))) }
    })
    const read: World["read"] = (id) => works(owner.workspaces.getWorkspaceUser(id, at))
    return { deployment, as, register, member, read, ...owner }
  })

export const cases = <E, R>(make: As<E, R>): ReadonlyArray<Case<E, Needs | R>> =>
  Object.values(byOperation)
    .flatMap(Arr.ensure)
    .map(({ name, steps }) => ({
      name,
      run: Effect.flatMap(worldOf(make), (world) => Effect.gen(() => steps(world))),
    }))
