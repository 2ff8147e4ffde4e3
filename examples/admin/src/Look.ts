import { type User, UserId, type UserUpdateRequest, type WorkspaceUser } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Api } from "./Api.js"
import { clean, fold, type Row, type Who } from "./Columns.js"
import { exit, Problem, refused } from "./Problem.js"
import * as Directory from "./people/Directory.js"
import { listed, say } from "./Screen.js"
import { type Before, type Run, Store } from "./Store.js"

/** What a look at the service says of a row, before anything is sent. */
export interface Looked extends Before {
  /** What would become of it, for a person to read. */
  readonly note: string
  readonly user?: User
  /** Why nobody is deleted for this row: the service does not know the user, or knows the id as another one's. */
  readonly objection?: "unknown" | "another"
  /** The user's roles, in the deployment and in the caller's workspaces. */
  readonly roles?: ReadonlyArray<string>
}

/** Everybody in the caller's workspaces, completely; one account counts once, and may have several roles. */
const directory = Effect.gen(function* () {
  const all = yield* Effect.forEach(yield* Directory.own, (space) => Directory.members(space))
  const accounts = Arr.groupBy(all.flat().filter(Directory.isHere), ({ user_id }) => user_id)
  const people = Object.values(accounts).map(([person]) => person)
  const by = (name: "username" | "email") => {
    const found = new Map(Object.entries(Arr.groupBy(people, (person) => fold(person[name] ?? ""))))
    return (value = ""): ReadonlyArray<WorkspaceUser> => (value === "" ? [] : (found.get(fold(value)) ?? []))
  }
  const rolesOf = (id: UserId) => (accounts[id] ?? []).map(({ role }) => role)
  return { size: people.length, byUsername: by("username"), byEmail: by("email"), rolesOf }
})

const couldNotRead = (what: string) => (error: { readonly message: string }) =>
  new Problem({ exit: exit.nothingSent, message: `${what} could not be read: ${error.message}. Nothing was sent` })

const named = ({ email, username = "" }: Pick<WorkspaceUser, "email" | "username">) =>
  `${clean(username)} <${clean(email)}>`

/** `display_name "Ada" → "Ada L."`, for each field that is going to be another one. */
const changes = (user: User, { image, ...request }: UserUpdateRequest): string => {
  const old: { readonly [name: string]: unknown } = { ...user }
  const fields = Object.entries(request).flatMap(([name, value]) =>
    old[name] === value ? [] : [`${name} "${clean(String(old[name] ?? ""))}" → "${clean(String(value))}"`],
  )
  return [...fields, ...(image === undefined ? [] : ["a new image"])].join(", ")
}

const wasOf = ({ display_name, email, id, role, timezone, username }: User): string =>
  JSON.stringify({ id, username, email, display_name, role, timezone })

const told = ({ label, line, number, who }: Row, found: Partial<Looked>): Looked => ({
  ...{ row: number, line, label, email: who.email ?? null, state: "released", note: "" },
  ...found,
})

const differs = (given: string | undefined, is: string): boolean => given !== undefined && fold(given) !== fold(is)

/**
 * How to look at what rows of a file mean: gives what is known of those that are not simply sent; `deep` says whether rows
 * are looked up that could be sent without, as a dry run does.
 */
export const looker = ({ command, self, settings }: Run, deep: boolean) =>
  Effect.gen(function* () {
    const api = yield* Api
    const { anonymous, baseUrl, users } = api
    const store = Option.getOrUndefined(yield* Effect.serviceOption(Store))
    const isCreate = command === "create"
    const upsert = isCreate && settings.upsert
    const everybody = yield* Effect.cached(
      directory.pipe(Effect.provideService(Api, api), Effect.mapError(couldNotRead("Who is there"))),
    )
    const listed = upsert
      ? yield* everybody
      : isCreate && deep && !anonymous
        ? yield* Effect.catchAll(everybody, ({ message }) => Effect.as(say(message), undefined))
        : undefined

    const read = (id: string, label: string) =>
      users.getUser(UserId.make(id)).pipe(
        Effect.map((user) => (user.deleted_at === undefined ? user : undefined)),
        Effect.catchTag("NotFound", () => Effect.succeed(undefined)),
        Effect.mapError(couldNotRead(clean(label))),
      )

    type Nobody = Pick<Looked, "note" | "objection">
    const meant = ({ email, id, username }: Who): Effect.Effect<string | Nobody, Problem> =>
      id !== undefined
        ? Effect.succeed(id)
        : Effect.map(everybody, ({ byEmail, byUsername, size }) => {
            const found = username === undefined ? byEmail(email) : byUsername(username)
            const [one, ...others] = found
            if (one === undefined) {
              return { note: `is none of the ${size} people in your workspaces`, objection: "unknown" }
            }
            const ids = found.map(({ user_id }) => user_id)
            return others.length === 0 ? one.user_id : { note: `is several: ${ids.join(", ")}` }
          })

    type Done = { readonly email: string | null; readonly user_id: string | null }
    const created = (row: Row, done: Done | undefined): Effect.Effect<Partial<Looked> | undefined, Problem> =>
      Effect.gen(function* () {
        const { email, username } = row.who
        if (done !== undefined && !differs(email, done.email ?? "") && done.user_id !== null) {
          const user = yield* read(done.user_id, row.label)
          if (user !== undefined && !differs(username, user.username)) {
            return { state: "done", evidence: "created before", user_id: user.id, note: "was created before" }
          }
        }
        const there = listed?.byUsername(username).find((one) => !differs(email, one.email))
        if (there === undefined) {
          const other = listed?.byUsername(username)[0] ?? listed?.byEmail(email)[0]
          return other === undefined ? undefined : { note: `one of its names is taken by ${named(other)}` }
        }
        const at = { user_id: there.user_id }
        if (!upsert || row.ask._tag !== "create") return { ...at, state: "there", note: "is there already" }
        const user = yield* read(there.user_id, row.label)
        if (user === undefined) return undefined
        const { email: _, password: __, username: ___, ...request } = row.ask.request
        const note = changes(user, request)
        return note === ""
          ? { ...at, state: "there", note: "is there, as the row wants it" }
          : { ...at, was: wasOf(user), note, user }
      })

    const existing = ({ ask, label, line, who }: Row): Effect.Effect<Partial<Looked> | undefined, Problem> =>
      Effect.gen(function* () {
        const invalid = (note: string): Partial<Looked> => ({ state: "invalid", reason: `line ${line}: ${note}`, note })
        const id = yield* meant(who)
        if (typeof id !== "string") return { ...id, ...invalid(id.note) }
        if (ask._tag === "update" && !deep && who.id !== undefined) return undefined
        const user = yield* read(id, label)
        if (user === undefined) {
          const reason = "not known to the service"
          return { state: "failed", user_id: id, reason, note: reason, objection: "unknown" }
        }
        const looked = { user_id: id, was: wasOf(user), user, roles: [user.role] }
        if (ask._tag === "update") {
          const note = changes(user, ask.request)
          return { ...looked, note: note === "" ? "is as the row wants it" : note }
        }
        if (user.id === self) return { ...looked, ...invalid("is your own account, which is never deleted") }
        if (differs(who.username, user.username) || differs(who.email, user.email)) {
          const file = [who.username, who.email].flatMap((_) => (_ === undefined ? [] : [clean(_)]))
          return { ...looked, ...invalid(`${id} is ${named(user)}, not ${file.join(" ")}`), objection: "another" }
        }
        const { rolesOf } = yield* everybody
        return { ...looked, note: named(user), roles: [user.role, ...rolesOf(user.id)] }
      })

    // A plain `create` with nothing before it is simply sent.
    if (isCreate && !deep && !upsert && (store === undefined || anonymous)) return undefined
    return (rows: ReadonlyArray<Row>) =>
      Effect.gen(function* () {
        const names = isCreate && !upsert && !anonymous ? rows.map(({ label }) => label) : []
        const before = new Map(
          (yield* store?.created(baseUrl, names) ?? Effect.succeed([])).map((one) => [one.label, one]),
        )
        const look = (row: Row) => (isCreate ? created(row, before.get(row.label)) : existing(row))
        const all = yield* Effect.forEach(
          rows,
          (row) => Effect.map(look(row), (found) => (found === undefined ? [] : [told(row, found)])),
          { concurrency: settings.concurrency },
        )
        return all.flat()
      })
  })

export interface Limits {
  readonly yes: boolean
  readonly privileged: boolean
  readonly maxUnknown: Option.Option<number>
  readonly maxDeletes: Option.Option<number>
}

const lineOf = ({ line, note }: Looked): string => `line ${line}: ${note}`

/** What speaks against a deletion, with all users read and before the first is deleted. */
export const objections = (rows: number, looked: ReadonlyArray<Looked>, limits: Limits, maxFailures: number | null) => {
  const unknown = looked.filter(({ objection }) => objection === "unknown")
  const others = looked.filter(({ objection }) => objection === "another")
  const open = looked.filter(({ state }) => state === "released")
  const above = open.filter(({ roles }) => roles?.some((role) => role !== "member"))
  const nothing = "Nothing was deleted"
  if (unknown.length > Option.getOrElse(limits.maxUnknown, () => Math.max(3, Math.floor(rows / 10)))) {
    return refused(
      `${unknown.length} of the users are not known to the service: is it the right deployment? (--max-unknown ${unknown.length} deletes the others). ${nothing}`,
    )
  }
  if (others.length > (maxFailures ?? 0)) {
    const head = `${others.length} rows name two people, or somebody who is another now (--max-failures ${others.length} deletes the others). ${nothing}`
    return refused(listed(head, others.map(lineOf), 10))
  }
  if (above.length > 0 && !limits.privileged) {
    const head = `${above.length} of the users are no plain members: give --privileged. ${nothing}`
    const lines = above.map((one) => `${lineOf(one)}, ${[...new Set(one.roles)].join(" and ")}`)
    return refused(listed(head, lines, 10))
  }
  const most = Option.getOrElse(limits.maxDeletes, () => Number.POSITIVE_INFINITY)
  return open.length > most
    ? refused(`${open.length} users would be deleted, at most ${most} by --max-deletes. ${nothing}`)
    : undefined
}
