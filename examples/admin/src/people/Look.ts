import { TokenId, type WorkspaceUser } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Api from "../Api.js"
import { exit, Problem, refused } from "../Problem.js"
import * as Screen from "../Screen.js"
import * as Directory from "./Directory.js"
import { describe } from "./Person.js"
import { compare } from "./Plan.js"
import * as Roster from "./Roster.js"
import { type Written, write } from "./Table.js"

/** To the person who gave the command; stdout is for what was asked for. */
export const say = (head: string, lines: ReadonlyArray<string> = []) =>
  Screen.say([head, ...lines.map((line) => `  ${line}`)].join("\n"))

export interface Where {
  readonly workspace: string | undefined
}

interface Found {
  readonly person: WorkspaceUser
  readonly space: string
}

const columns = {
  workspace: ({ space }: Found) => space,
  id: ({ person }: Found) => person.user_id,
  username: ({ person }: Found) => person.username ?? "",
  email: ({ person }: Found) => person.email,
  display_name: ({ person }: Found) => person.display_name,
  role: ({ person }: Found) => person.role,
  added_by: ({ person }: Found) => person.added_by,
  created_at: ({ person }: Found) => DateTime.formatIso(person.created_at),
}

const notSeen = "Accounts that belong to no workspace of yours are not seen"

/** `list`: all members, or an exit code that says that they could not be read. */
export const list = (
  given: Where & Written & { readonly search: string | undefined; readonly role: string | undefined },
) =>
  Effect.gen(function* () {
    const all = yield* Directory.spaces(given.workspace)
    const read = yield* Effect.forEach(all, (space) =>
      Effect.map(Directory.members(space, given.search), (people) =>
        people.map((person): Found => ({ person, space: space.name })),
      ),
    )
    const found = read.flat().filter(({ person }) => given.role === undefined || person.role === given.role)
    const rows = found.filter(({ person }) => Directory.isHere(person))
    rows.sort((one, other) => (one.person.user_id < other.person.user_id ? -1 : 1))
    yield* write({ columns, rows }, given)
    const hidden = rows.filter(({ person }) => person.email === "").length
    const left = found.length === rows.length ? "" : ` ${found.length - rows.length} have left and are not listed.`
    const where = all.map(({ name }) => name).join(", ")
    yield* say(`${rows.length} members of ${where}, ${hidden} without an address that you may see.${left} ${notSeen}`)
    return exit.done
  })

/** `find`: the one who has this id, username or address. */
export const find = (who: string, given: Where & Written) =>
  Effect.gen(function* () {
    const { found, hidden } = yield* Directory.find(who, yield* Directory.spaces(given.workspace))
    const people = new Set(found.map(({ person }) => person.user_id)).size
    if (people === 1) yield* write({ columns, rows: found }, given)
    else if (people === 0)
      yield* say(`Nobody is ${who}; ${hidden} members have no address that you may see. ${notSeen}`)
    else
      yield* say(
        `${who} is not one person:`,
        found.map(({ person, space }) => `${describe(person)}, in ${space}`),
      )
    return people === 1 ? exit.done : exit.rowsFailed
  })

/** `audit`: a file against the service; reads only. */
export const audit = (file: string, delimiter: string, given: Where) =>
  Effect.gen(function* () {
    const wanted = yield* Roster.wanted(file, delimiter)
    const space = yield* Directory.space(given.workspace)
    const rows = compare(wanted, yield* Directory.listing(space))
    yield* Effect.sync(() => process.stdout.write(rows.map(({ text }) => `${text}\n`).join("")))
    yield* say(`${space.name} and ${file} (${wanted.length} people) differ in ${rows.length} places`)
    return rows.length === 0 ? exit.done : exit.rowsFailed
  })

/** Whether a token is, or may be, the key in use: a listing may have a part of each key only. */
export const mayBeInUse = (own: string | undefined, listed: string): boolean =>
  own === undefined || own.startsWith(listed.replace(/[.…*]+$/u, ""))

/** The key of the credential: none of a password's, and `undefined` where it cannot be looked at. */
const ownKey = Effect.map(Api.config(false), ({ credentials }) => {
  if (credentials._tag !== "ApiKey" && credentials._tag !== "Bearer") return ""
  const secret = credentials._tag === "ApiKey" ? credentials.key : credentials.token
  return Redacted.isRedacted(secret) ? String(Redacted.value(secret)) : undefined
})

type Token = Effect.Effect.Success<typeof Directory.tokens>[number]

/** `tokens`: one's own tokens, without their keys; exit code 1 if one ends within a time. */
export const tokens = (given: Written & { readonly within: Duration.Duration | undefined }) =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const rows = yield* Directory.tokens
    const isSoon = ({ token: { expires_at } }: Token) =>
      given.within !== undefined &&
      DateTime.between(expires_at, { minimum: now, maximum: DateTime.addDuration(now, given.within) })
    const columns = {
      id: ({ token }: Token) => token.token_id,
      name: ({ token }: Token) => token.name,
      type: ({ type }: Token) => type,
      scope: ({ token }: Token) => token.scope,
      workspace: ({ token }: Token) => token.workspace_id ?? "",
      created_at: ({ token }: Token) => DateTime.formatIso(token.created_at),
      expires_at: ({ token }: Token) => DateTime.formatIso(token.expires_at),
      ends: (row: Token) => (DateTime.lessThan(row.token.expires_at, now) ? "ended" : isSoon(row) ? "soon" : ""),
    }
    yield* write({ columns, rows }, given)
    const soon = rows.filter(isSoon).length
    yield* say(`${rows.length} tokens of yours, ${soon} of them end within the time`)
    return soon > 0 ? exit.rowsFailed : exit.done
  })

/** `tokens revoke`: the key in use, or what may be it, only with a flag. */
export const revokeToken = (id: string, evenInUse: boolean) =>
  Effect.gen(function* () {
    const found = (yield* Directory.tokens).find(({ token }) => token.token_id === id)
    if (found === undefined) return yield* Effect.fail(refused(`You have no token ${id}. Nothing was revoked`))
    if (!evenInUse && mayBeInUse(yield* ownKey, Redacted.value(found.token.api_key))) {
      const why = "is, or may be, the key that this command uses: only with --even-in-use"
      return yield* Effect.fail(refused(`${id} ${why}. Nothing was revoked`))
    }
    const { tokens } = yield* Effect.flatMap(Api.Api, Directory.groups)
    yield* Effect.mapError(tokens.revokeToken(TokenId.make(id)), ({ message, outcome }) => {
      const what = outcome === "Unknown" ? "may or may not be revoked" : "is not revoked"
      return new Problem({ exit: exit.rowsFailed, message: `Token ${id} ${what}: ${message}` })
    })
    yield* say(`Token ${id} (${found.token.name}) is revoked`)
    return exit.done
  })
