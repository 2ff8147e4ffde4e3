import type { Pages, TileDBError } from "@effect-tiledb/client"
import type { Invitation, WorkspaceUser } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { Api } from "../Api.js"
import { fold } from "../Columns.js"
import { exit, Problem, refused } from "../Problem.js"

/** A workspace of the caller's. */
export interface Space {
  readonly id: string
  readonly name: string
  readonly caller: string
  /** The caller's name, for those who read a journal. */
  readonly actor: string
}

/** What a complete listing of a workspace gave; invitations are open as far as anybody can tell. */
export interface Listing {
  readonly caller: string
  readonly members: ReadonlyArray<WorkspaceUser>
  readonly invited: ReadonlyArray<Invitation>
}

/** Who is meant by an id, a username or an address: exactly, never by a part of it. */
export const isMeant = (who: string, { email, user_id, username = "" }: WorkspaceUser): boolean =>
  who !== "" && (user_id === who || [username, email].some((text) => fold(text) === fold(who)))

/** `ada <ada@example.com> (usr_…), admin` */
export const describe = ({ email, role, user_id, username = "" }: WorkspaceUser): string =>
  `${username} <${email}> (${user_id}), ${role}`.trimStart()

type Unread = TileDBError.TileDBError | Pages.Incomplete

/** What cannot be read completely is no listing: nothing is decided, nor written, on the strength of it. */
const unread = (what: string) => (error: Unread) =>
  ("status" in error && error.status === 401) || ("reason" in error && error.reason === "Credentials")
    ? refused(error.message)
    : new Problem({ exit: exit.stopped, message: `${what} could not be read completely: ${error.message}` })

/** All workspaces of the caller's. */
export const own = Effect.flatMap(Api, ({ users }) =>
  Effect.mapBoth(users.getSelfUser, {
    onFailure: unread("Your account"),
    onSuccess: ({ user: { id: caller, username: actor }, workspaces }) =>
      workspaces.map((_): Space => ({ id: _.workspace_id, name: _.name, caller, actor })),
  }),
)

/** The workspaces that are meant: the one that is given or configured, or else all of the caller's. */
export const spaces = (given: string | undefined) =>
  Effect.gen(function* () {
    const { workspace } = yield* Api
    const [name, all] = [given ?? workspace, yield* own]
    // An id comes first: a name may look like one.
    const ids = all.filter(({ id }) => id === name)
    const meant = name === undefined ? all : ids.length > 0 ? ids : all.filter((space) => space.name === name)
    if (meant.length === 1 || (name === undefined && meant.length > 0)) return meant
    const yours = all.map(({ id, name }) => `${name} (${id})`).join(", ") || "you belong to none"
    return yield* Effect.fail(refused(`${name ?? "Nothing"} is not one of your workspaces: ${yours}`))
  })

/** The one workspace that a change is about. */
export const space = (given: string | undefined) =>
  Effect.flatMap(spaces(given), ([first, ...others]) =>
    first !== undefined && others.length === 0
      ? Effect.succeed(first)
      : Effect.fail(refused("You have several workspaces: name one with --workspace, or TILEDB_REST_WORKSPACE")),
  )

/** A complete listing in large pages; where those are refused, of the service's own size. */
const complete = <A>(what: string, all: (size: { per_page?: number }) => Effect.Effect<A, Unread>) =>
  Effect.catchIf(
    all({ per_page: 1000 }),
    (error) => error._tag === "ApiError" && error.status === 400,
    () => all({}),
  ).pipe(Effect.mapError(unread(what)))

/** All members, or those that a search finds; who has left may be among them. */
export const members = ({ id: workspace, name }: Space, search?: string) =>
  Effect.flatMap(Api, ({ workspaces }) =>
    complete(`The members of ${name}`, (size) => workspaces.allWorkspaceUsers({ workspace, search, ...size })),
  )

export const isHere = ({ deleted_at }: WorkspaceUser): boolean => deleted_at === undefined

export const listing = (space: Space): Effect.Effect<Listing, Problem, Api> =>
  Effect.gen(function* () {
    const { id: workspace, caller, name } = space
    const { invitations } = yield* Api
    const people = yield* members(space)
    const all = (size: { per_page?: number }) => invitations.allInvitations({ workspace, ...size })
    return { caller, members: people.filter(isHere), invited: yield* complete(`The invitations to ${name}`, all) }
  })

export const tokens = Effect.flatMap(Api, ({ tokens }) =>
  Effect.forEach(["api", "session"] as const, (type) =>
    complete("Your tokens", (size) => tokens.allTokens({ type, ...size })).pipe(
      Effect.map((some) => some.map((token) => ({ type, token }))),
    ),
  ).pipe(Effect.map((both) => both.flat())),
)
