import { Invitations, type Pages, TileDBClient, type TileDBError, Tokens, Workspaces } from "@effect-tiledb/client"
import type { WorkspaceUser } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { Api, type Service } from "../Api.js"
import { exit, Problem, refused } from "../Problem.js"
import { type Listing, resolve } from "./Person.js"

/** The groups of operations about people, over the client of the tool. */
export const groups = ({ client }: Service) =>
  Effect.all({ workspaces: Workspaces.make, invitations: Invitations.make, tokens: Tokens.make }).pipe(
    Effect.provideService(TileDBClient.TileDBClient, client),
  )

const ours = Effect.flatMap(Api, groups)

/** A workspace of the caller's. */
export interface Space {
  readonly id: string
  readonly name: string
  readonly caller: string
  /** The caller's name, for those who read a journal. */
  readonly actor: string
}

type Unread = TileDBError.TileDBError | Pages.Incomplete

/** What cannot be read completely is no listing: nothing is decided, nor written, on the strength of it. */
const unread = (what: string) => (error: Unread) =>
  ("status" in error && error.status === 401) || ("reason" in error && error.reason === "Credentials")
    ? refused(error.message)
    : new Problem({ exit: exit.stopped, message: `${what} could not be read completely: ${error.message}` })

/** The workspaces that are meant: the one that is given or configured, or else all of the caller's. */
export const spaces = (given: string | undefined) =>
  Effect.gen(function* () {
    const { client, users } = yield* Api
    const { user, workspaces } = yield* Effect.mapError(users.getSelfUser, unread("Your account"))
    const name = given ?? client.workspace
    const about = { caller: user.id, actor: user.username }
    const all = workspaces.map((_): Space => ({ ...about, id: _.workspace_id, name: _.name }))
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

/** In pages of 100; where that is refused, of the service's own size. */
const complete = <A>(what: string, all: (size: { per_page?: number }) => Effect.Effect<A, Unread>) =>
  all({ per_page: 100 }).pipe(
    Effect.catchIf(
      (error) => error._tag === "ApiError" && error.status === 400,
      () => all({}),
    ),
    Effect.mapError(unread(what)),
  )

/** All members, or those that a search finds; who has left may be among them. */
export const members = ({ id: workspace, name }: Space, search?: string) =>
  Effect.flatMap(ours, ({ workspaces }) =>
    complete(`The members of ${name}`, (size) => workspaces.allWorkspaceUsers({ workspace, search, ...size })),
  )

export const isHere = ({ deleted_at }: WorkspaceUser): boolean => deleted_at === undefined

/** A complete listing of one workspace. */
export const listing = (space: Space): Effect.Effect<Listing, Problem, Api> =>
  Effect.gen(function* () {
    const { id: workspace, caller, name } = space
    const { invitations } = yield* ours
    const people = yield* members(space)
    const invited = yield* complete(`The invitations to ${name}`, (size) => {
      return invitations.allInvitations({ workspace, ...size })
    })
    return { caller, members: people.filter(isHere), invited }
  })

export const tokens = Effect.flatMap(ours, ({ tokens }) =>
  Effect.forEach(["api", "session"] as const, (type) =>
    complete("Your tokens", (size) => tokens.allTokens({ type, ...size })).pipe(
      Effect.map((some) => some.map((token) => ({ type, token }))),
    ),
  ).pipe(Effect.map((both) => both.flat())),
)

/** Who is meant, and in which workspaces: a search narrows, "nobody" is believed only of complete listings. */
export const find = (who: string, all: ReadonlyArray<Space>) =>
  Effect.gen(function* () {
    const look = (search?: string) =>
      Effect.map(
        Effect.forEach(all, (space) =>
          Effect.map(members(space, search), (people) =>
            people.filter(isHere).map((person) => ({ person, space: space.name })),
          ),
        ),
        (found) => found.flat(),
      )
    const isMeant = ({ person }: { readonly person: WorkspaceUser }) => resolve(who, [person]).length > 0
    const searched = (yield* look(who)).filter(isMeant)
    const everybody = searched.length > 0 ? searched : yield* look()
    return { found: everybody.filter(isMeant), hidden: everybody.filter(({ person }) => person.email === "").length }
  })
