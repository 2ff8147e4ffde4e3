import { TokenId, type WorkspaceUser } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Api from "../Api.js"
import { readRows } from "../Bulk.js"
import { clean, printable } from "../Columns.js"
import { exit, Problem, refused } from "../Problem.js"
import * as Report from "../Report.js"
import { say } from "../Screen.js"
import * as Directory from "./Directory.js"
import { compare } from "./Plan.js"

export interface Written {
  readonly format: Report.Format | undefined
  readonly output: string | undefined
}

type Cells = ReadonlyArray<string>

/** Writes a listing, whole: to a file, or to stdout; as a table where a person reads it, or as CSV. */
const write = <A>(names: Cells, rows: ReadonlyArray<A>, of: (row: A) => Cells, { format, output }: Written) => {
  const as = format ?? (output === undefined && process.stdout.isTTY ? "table" : "csv")
  const object = (row: A) => Object.fromEntries(of(row).map((cell, at) => [names[at] ?? "", cell]))
  const widest = (name: string, at: number) =>
    rows.reduce((most, row) => Math.max(most, clean(of(row)[at] ?? "").length), name.length)
  const widths = as === "table" ? names.map(widest) : []
  const padded = (cells: Cells) => cells.map((cell, at) => clean(cell).padEnd(widths[at] ?? 0)).join("  ")
  const line = (cells: Cells) => `${as === "table" ? padded(cells).trimEnd() : cells.map(Report.csvField).join(",")}\n`
  // As in a report: a spreadsheet reads a file as UTF-8 if it has a BOM.
  const bom = as === "csv" && output !== undefined ? "\ufeff" : ""
  const lines = function* (): Generator<string> {
    yield bom + line(names)
    for (const some of Arr.chunksOf(rows, 1000)) yield some.map((row) => line(of(row))).join("")
  }
  return Report.writeTo(output, as === "json" ? [`${JSON.stringify(rows.map(object), null, 2)}\n`] : lines())
}

export interface Where {
  readonly workspace: string | undefined
}

interface Found {
  readonly person: WorkspaceUser
  readonly space: string
}

const columns = ["workspace", "id", "username", "email", "display_name", "role", "added_by", "created_at"]
const cells = ({ person: { added_by, created_at, role, user_id, username = "", ...person }, space }: Found) => {
  return [space, user_id, username, person.email, person.display_name, role, added_by, DateTime.formatIso(created_at)]
}

const everybody = (all: ReadonlyArray<Directory.Space>, search?: string) =>
  Effect.forEach(all, (space) =>
    Effect.map(Directory.members(space, search), (people) =>
      people.map((person): Found => ({ person, space: space.name })),
    ),
  ).pipe(Effect.map((found) => found.flat()))

const isHere = ({ person }: Found): boolean => Directory.isHere(person)
const hidden = (found: ReadonlyArray<Found>) =>
  `${found.filter(({ person }) => person.email === "").length} of them without an address that you may see; accounts that belong to no workspace of yours are not seen`

/** `list`: all members, or an exit code that says that they could not be read. */
export const list = (
  given: Where & Written & { readonly search: string | undefined; readonly role: string | undefined },
) =>
  Effect.gen(function* () {
    const all = yield* Directory.spaces(given.workspace)
    const read = yield* everybody(all, given.search)
    const found = given.role === undefined ? read : read.filter(({ person }) => person.role === given.role)
    const rows = found.filter(isHere).sort((one, other) => (one.person.user_id < other.person.user_id ? -1 : 1))
    yield* write(columns, rows, cells, given)
    const left = found.length === rows.length ? "" : `; ${found.length - rows.length} have left and are not listed`
    yield* say(`${rows.length} members of ${all.map(({ name }) => name).join(", ")}, ${hidden(rows)}${left}`)
    return exit.done
  })

/** `find`: the one who has this id, username or address; "nobody" is believed only of complete listings. */
export const find = (who: string, given: Where & Written) =>
  Effect.gen(function* () {
    const spaces = yield* Directory.spaces(given.workspace)
    const isMeant = ({ person }: Found) => Directory.isHere(person) && Directory.isMeant(who, person)
    const searched = yield* everybody(spaces, who)
    const all = searched.some(isMeant) ? searched : (yield* everybody(spaces)).filter(isHere)
    const found = all.filter(isMeant)
    const people = new Set(found.map(({ person }) => person.user_id)).size
    if (people === 1) yield* write(columns, found, cells, given)
    else if (people === 0) yield* say(`None of ${all.length} members is ${who}, ${hidden(all)}`)
    else
      yield* say(
        `${who} is not one person:`,
        found.map((_) => `${Directory.describe(_.person)} in ${_.space}`),
      )
    return people === 1 ? exit.done : exit.rowsFailed
  })

/** The lines of a file that says who should be there. */
export const wanted = (file: string, delimiter: string) =>
  Effect.map(readRows(file, "apply", delimiter), (rows) =>
    rows.map(({ role = "", who: { email = "" } }) => ({ email, role })),
  )

/** `audit`: a file against the service; reads only. */
export const audit = (file: string, delimiter: string, given: Where) =>
  Effect.gen(function* () {
    const people = yield* wanted(file, delimiter)
    const space = yield* Directory.space(given.workspace)
    const differences = compare(people, yield* Directory.listing(space))
    yield* Report.writeTo(undefined, [differences.map(({ text }) => `${printable(text)}\n`).join("")])
    yield* say(`${space.name} and ${file} (${people.length} people) differ in ${differences.length} places`)
    return differences.length === 0 ? exit.done : exit.rowsFailed
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

const tokenColumns = ["id", "name", "type", "scope", "workspace", "created_at", "expires_at", "ends"]

/** `tokens`: one's own tokens, without their keys; exit code 1 if one ends within a time. */
export const tokens = (given: Written & { readonly within: Duration.Duration | undefined }) =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const soon = DateTime.addDuration(now, given.within ?? 0)
    const rows = (yield* Directory.tokens).map(({ token, type }) => {
      const { created_at, expires_at, name, scope, token_id, workspace_id = "" } = token
      const isSoon = DateTime.between(expires_at, { minimum: now, maximum: soon })
      const ends = isSoon ? "soon" : DateTime.lessThan(expires_at, now) ? "ended" : ""
      return [token_id, name, type, scope, workspace_id, ...[created_at, expires_at].map(DateTime.formatIso), ends]
    })
    yield* write(tokenColumns, rows, (row) => row, given)
    const ending = rows.filter((row) => row.at(-1) === "soon").length
    yield* say(
      `${rows.length} tokens of yours${given.within === undefined ? "" : `, ${ending} of them end within the time`}`,
    )
    return ending > 0 ? exit.rowsFailed : exit.done
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
    const { tokens } = yield* Api.Api
    yield* Effect.mapError(tokens.revokeToken(TokenId.make(id)), ({ message, outcome }) => {
      const what = outcome === "Unknown" ? "may or may not be revoked" : "is not revoked"
      return new Problem({ exit: exit.rowsFailed, message: `Token ${id} ${what}: ${message}` })
    })
    yield* say(`Token ${id} (${found.token.name}) is revoked`)
    return exit.done
  })
