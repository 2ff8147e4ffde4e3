import { Invitations, Pages, TileDBClient, type TileDBError, Tokens, Workspaces } from "@effect-tiledb/client"
import type { Model, UserSelfWorkspace } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import { Api, type Service } from "../Api.js"
import { exit, Problem, refused } from "../Problem.js"
import { invitedOf, type Listing, personOf, resolve } from "./Person.js"

/** The groups of operations about people, over the client of the tool. */
export const groups = ({ client }: Service) =>
  Effect.provideService(
    Effect.all({ workspaces: Workspaces.make, invitations: Invitations.make, tokens: Tokens.make }),
    TileDBClient.TileDBClient,
    client,
  )

const ours = Effect.flatMap(Api, groups)

/** A workspace of the caller's. */
export interface Space {
  readonly id: string
  readonly name: string
}

/** What cannot be read completely is no listing: nothing is decided, nor written, on the strength of it. */
const couldNotRead =
  (what: string) =>
  (error: TileDBError.TileDBError | Pages.Incomplete): Problem =>
    (error._tag === "ApiError" && error.status === 401) ||
    (error._tag === "TransportError" && error.reason === "Credentials")
      ? refused(`The credential is not taken: ${error.message}`)
      : new Problem({ exit: exit.stopped, message: `${what} could not be read completely: ${error.message}` })

/** Who calls. */
export const self = Effect.flatMap(Api, ({ baseUrl, users }) =>
  Effect.mapError(users.getSelfUser, couldNotRead(`The account behind the credential at ${baseUrl}`)),
)

const spaceOf = ({ name, workspace_id }: UserSelfWorkspace): Space => ({ id: workspace_id, name })

/** The workspaces that are meant: the one that is given or configured, or else all of the caller's. */
export const spaces = (given: string | undefined) =>
  Effect.gen(function* () {
    const { workspace } = (yield* Api).client
    const { user, workspaces } = yield* self
    const name = given ?? workspace
    const all = workspaces.map(spaceOf)
    // An id comes first: a name may look like one.
    const named = all.filter(({ id }) => id === name)
    const meant = name === undefined ? all : named.length > 0 ? named : all.filter((space) => space.name === name)
    if (meant.length > 0 && (name === undefined || meant.length === 1)) return { caller: user.id, all: meant }
    const yours = all.map(({ id, name }) => `${name} (${id})`).join(", ")
    return yield* Effect.fail(
      refused(
        name === undefined
          ? "You belong to no workspace"
          : `${name} is ${meant.length === 0 ? "none" : "several"} of your workspaces: ${yours || "you have none"}`,
      ),
    )
  })

/** The one workspace that a change is about. */
export const space = (given: string | undefined) =>
  Effect.flatMap(spaces(given), ({ all: [first, ...others], caller }) =>
    first !== undefined && others.length === 0
      ? Effect.succeed({ ...first, caller })
      : Effect.fail(refused("You have several workspaces: name one with --workspace, or TILEDB_REST_WORKSPACE")),
  )

interface Page {
  readonly page: number
  readonly per_page?: number
}

/** A complete listing, of which only what `of` makes of each item stays in memory. */
const complete = <A, B>(
  operation: string,
  read: (page: Page) => Effect.Effect<Model.Page<A>, TileDBError.TileDBError>,
  of: (item: A) => B,
  key: (item: B) => string,
) => {
  let per_page: number | undefined = 100
  const asked = (page: number) => read(per_page === undefined ? { page } : { page, per_page })
  return Pages.all(
    (page) =>
      asked(page).pipe(
        Effect.catchIf(
          (error) => error._tag === "ApiError" && error.status === 400 && page === 1 && per_page !== undefined,
          () => {
            // The greatest page is not documented: the service's own size is taken then.
            per_page = undefined
            return asked(page)
          },
        ),
        Effect.map(
          ({ items, pagination }): Model.Page<B> => ({
            items: items.map(of),
            ...(pagination === undefined ? {} : { pagination }),
          }),
        ),
      ),
    { operation, key },
  )
}

/** All members, or those that a search finds; who has left is among them, marked. */
export const members = ({ id: workspace, name }: Space, search?: string) =>
  Effect.flatMap(ours, ({ workspaces }) =>
    complete(
      "listWorkspaceUsers",
      (page) => workspaces.listWorkspaceUsers({ workspace, search, ...page }),
      personOf,
      ({ id, since }) => (id === "" ? "" : `${id} ${since}`),
    ).pipe(Effect.mapError(couldNotRead(`The members of ${name}`))),
  )

export const invitations = ({ id: workspace, name }: Space) =>
  Effect.flatMap(ours, ({ invitations }) =>
    complete(
      "listInvitations",
      (page) => invitations.listInvitations({ workspace, ...page }),
      invitedOf,
      ({ id }) => id,
    ).pipe(Effect.mapError(couldNotRead(`The invitations to ${name}`))),
  )

export const tokens = Effect.flatMap(ours, ({ tokens }) =>
  Effect.forEach(["api", "session"] as const, (type) =>
    complete(
      "listTokens",
      (page) => tokens.listTokens({ type, ...page }),
      (token) => ({ type, token }),
      ({ token }) => token.token_id,
    ),
  ).pipe(
    Effect.map((both) => both.flat()),
    Effect.mapError(couldNotRead("Your tokens")),
  ),
)

/** A complete listing of one workspace: who has left is gone. */
export const listing = (space: Space, caller: string): Effect.Effect<Listing, Problem, Api> =>
  Effect.gen(function* () {
    const people = yield* members(space)
    return { caller, members: people.filter(({ left }) => !left), invited: yield* invitations(space) }
  })

/** Looks for somebody by a search, which narrows; "nobody" is believed only of complete listings. */
export const find = (who: string, all: ReadonlyArray<Space>) =>
  Effect.gen(function* () {
    const look = (search?: string) =>
      Effect.map(
        Effect.forEach(all, (space) =>
          Effect.map(members(space, search), (people) =>
            people.flatMap((person) => (person.left ? [] : [{ person, space }])),
          ),
        ),
        (found) => found.flat(),
      )
    const searched = yield* look(who)
    const some = resolve(
      who,
      searched.map(({ person }) => person),
    )
    const everybody = some.length > 0 ? searched : yield* look()
    const people = everybody.map(({ person }) => person)
    const found = resolve(who, people)
    return {
      found: everybody.filter(({ person }) => found.some(({ id }) => id === person.id)),
      count: found.length,
      looked: people.length,
      hidden: people.filter(({ email }) => email === "").length,
    }
  })
