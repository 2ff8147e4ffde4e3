import { randomBytes } from "node:crypto"
import { type UserCreateRequest, UserId, type UserUpdateRequest } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { utf16 } from "./Csv.js"
import type { Settings } from "./Store.js"

export type Command = "create" | "update" | "delete" | "apply" | "offboard"

interface Column {
  readonly required: boolean
  /** The most characters that a field may have. */
  readonly longest: number
}

const text = { required: false, longest: 1024 }
const image = { required: false, longest: 512 * 1024 }

/** The columns that each command knows; empty fields that are not required are left out of the request. */
export const columns: { readonly [_ in Command]: { readonly [name: string]: Column } } = {
  create: {
    username: { ...text, required: true },
    email: { ...text, required: true },
    password: { ...text, required: true },
    display_name: text,
    timezone: text,
    image,
  },
  // Who is meant is the id, or else the username, or else the e-mail address.
  update: { id: text, username: text, email: text, display_name: text, timezone: text, image },
  // All that is given has to be the same user's.
  delete: { id: text, username: text, email: text },
  // The files that a plan is made from.
  apply: { email: { ...text, required: true }, role: { ...text, required: true } },
  offboard: { id: text, username: text, email: text },
}

/** What this tool itself writes, and nobody has to take out again. */
const reported = ["row", "line", "what", "state", "reason", "evidence", "advice", "at", "was"]
const listed = ["role", "added_by", "created_at", "workspace", "since", "display_name"]
const ignored = (command: Command): ReadonlyArray<string> =>
  command === "create" ? ["id", ...reported] : ["id", "username", ...reported, ...listed]

/** Names of columns in any case of letters, as people and Excel write them. */
const named = (name: string): string => {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")
  return { e_mail: "email", email_address: "email", user_id: "id" }[plain] ?? plain
}

/** What one row asks for. */
export type Ask =
  | { readonly _tag: "create"; readonly request: UserCreateRequest; readonly passwordInFile: boolean }
  | { readonly _tag: "update"; readonly id: UserId | undefined; readonly request: UserUpdateRequest }
  | { readonly _tag: "delete"; readonly id: UserId | undefined }

/** Who a row means, as far as the file says. */
export interface Who {
  readonly id?: UserId
  readonly username?: string
  readonly email?: string
}

/** One row of the file that can be sent. `number` counts the rows from 1, `label` is what to call it in a report. */
export interface Row {
  readonly number: number
  readonly line: number
  readonly label: string
  readonly who: Who
  /** The role that somebody is to have in a workspace. */
  readonly role?: string | undefined
  readonly ask: Ask
}

export interface Header {
  readonly command: Command
  readonly names: ReadonlyArray<string>
}

const shown = (delimiter: string): string => (delimiter === "\t" ? "tab" : delimiter)

/** Checks the first line; what is wrong with it stops the whole file. */
export const readHeader = (
  fields: ReadonlyArray<string>,
  command: Command,
  { delimiter, generatePasswords, ignoreUnknownColumns }: Settings,
): Either.Either<Header, string> => {
  const known = columns[command]
  const all = fields.map(named)
  // Excel keeps columns that were emptied, as commas at the end of each line.
  const names = all.slice(0, all.findLastIndex((name) => name !== "") + 1)
  const left = (message: string) => Either.left(`line 1${message}`)
  const other = [",", ";", "\t", "|"].find((_) => _ !== delimiter && fields.some((field) => field.includes(_)))
  const missing = Object.keys(known).filter(
    (name) => known[name]?.required && !names.includes(name) && !(name === "password" && generatePasswords),
  )
  const nobody = command !== "create" && !["id", "username", "email"].some((name) => names.includes(name))
  if ((missing.length > 0 || nobody) && other !== undefined) {
    return left(
      `: the columns seem to be separated by "${shown(other)}", not by "${shown(delimiter)}": give --delimiter ${other === "\t" ? "tab" : `"${other}"`}`,
    )
  }
  if (names.some((name) => name.includes("\u0000") || name.includes("\ufffd"))) return Either.left(utf16)
  const those = `; the columns are ${Object.keys(known).join(", ")}`
  if (missing.length > 0) {
    const hint = missing.includes("password") ? " (or give --generate-passwords)" : ""
    return left(`: missing column ${missing.join(", ")}${hint}${those}`)
  }
  if (nobody) return left(`: missing column id, or else username or email${those}`)
  for (const [at, name] of names.entries()) {
    const where = `, column ${at + 1}: `
    if (name === "") return left(`${where}the column has no name: name it, or take it out`)
    if (names.indexOf(name) !== at) return left(`${where}${clean(name)} is there twice`)
    if (Object.hasOwn(known, name) || ignored(command).includes(name) || ignoreUnknownColumns) continue
    return left(`${where}unknown column "${clean(fields[at] ?? "")}"${those} (or give --ignore-unknown-columns)`)
  }
  return Either.right({ command, names })
}

/** Characters that are not seen, or that change how others are seen. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u
const unseenIn = new RegExp(unseen, "gu")

/** Text from a service, fit for a terminal: no character that is not seen. */
export const printable = (value: string): string => value.replaceAll(unseenIn, "\ufffd")

/** Text from a file or the service, fit for a terminal: nothing unseen, not too long. */
export const clean = (value: string): string => {
  const safe = printable(value)
  return safe.length > 80 ? `${safe.slice(0, 79)}…` : safe
}

// In names of people, marks for the direction of writing and joiners have their place; controls and overrides have not.
const control = /[\p{Cc}\u2028\u2029]/u
const override = /[\u202a-\u202e\u2066-\u2069]/
const strange = /(?! )\p{Z}/u
const address = /^(?!mailto:)[^\s@<>]+@[^\s@.,;<>]+(\.[^\s@.,;<>]+)+$/i
const dataUrl = /^data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/]+=*$/

const code = (value: string, pattern: RegExp): string => {
  const found = pattern.exec(value)?.[0].codePointAt(0) ?? 0
  return `U+${found.toString(16).toUpperCase().padStart(4, "0")}`
}

const fieldProblem = (name: string, value: string, { longest, required }: Column): string | undefined => {
  if (value === "") return required ? "must not be empty" : undefined
  if (value.includes("\ufffd")) return "is not UTF-8 (Latin-1?): save the file as UTF-8"
  if (value.length > longest) return `has ${value.length} characters, at most ${longest} are taken`
  if (control.test(value)) return "has a line break or another control character"
  if (name === "role") return /^(owner|admin|member)$/i.test(value) ? undefined : "must be owner, admin or member"
  if (name === "image") return dataUrl.test(value) ? undefined : "must be a data URL: data:image/png;base64,…"
  if (name === "password") return undefined
  if (value !== value.trim()) return "has a space at its beginning or end"
  if (override.test(value)) return `has a character that turns the direction of writing (${code(value, override)})`
  if (name === "display_name") return undefined
  if (unseen.test(value)) return `has a character that cannot be seen (${code(value, unseen)})`
  if (strange.test(value)) return `has an unusual space (${code(value, strange)})`
  if (name === "email" && !address.test(value)) return "is not an e-mail address such as ada@example.com"
  if (name === "id" && Either.isLeft(decodeId(value))) return "is not a user id such as usr_9m4e2mr0ui3e8a215n4g"
  return undefined
}

const decodeId = Schema.decodeUnknownEither(UserId)

/** What spreadsheets take for a formula; this tool's reports have a quote before it, which is not part of the value. */
export const formula = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r|]/

/** A password that nobody knows: who is to have the account asks for a reset. */
const randomPassword = (): string => randomBytes(24).toString("base64url")

/** What is wrong with a row, and where: `line 7, column 2 (email): is not …`. */
export const wrong = (message: string, line: number, column = 0, name = ""): string =>
  `line ${line}${column === 0 ? "" : `, column ${column}`}${name === "" ? "" : ` (${name})`}: ${message}`

/** Reads one record: what it asks for, or everything that is wrong with it. Fields' values are in no message. */
export const readRow = (
  { command, names }: Header,
  all: ReadonlyArray<string>,
  { generatePasswords, line, number }: Pick<Row, "number" | "line"> & Pick<Settings, "generatePasswords">,
): Either.Either<Row, ReadonlyArray<string>> => {
  const fields = all.slice(names.length).every((field) => field.trim() === "") ? all.slice(0, names.length) : all
  if (fields.length !== names.length) {
    const message = `has ${fields.length} fields where the first line has ${names.length}`
    return Either.left([wrong(message, line, Math.min(fields.length, names.length) + 1)])
  }
  const issues: Array<string> = []
  const given: Record<string, string> = {}
  const isReport = names.includes("state") || names.includes("added_by")
  for (const [at, name] of names.entries()) {
    const column = columns[command][name]
    const field = fields[at] ?? ""
    const value = isReport && field.startsWith("'") && formula.test(field.slice(1)) ? field.slice(1) : field
    if (column === undefined) continue
    const optional = name === "password" && generatePasswords
    const message = fieldProblem(name, value, optional ? { ...column, required: false } : column)
    if (message !== undefined) issues.push(wrong(message, line, at + 1, name))
    else if (value !== "") given[name] = value
  }
  if (issues.length > 0) return Either.left(issues)
  const { email, id, password: secret, role, username, ...rest } = given
  const who: Who = {
    ...(id === undefined ? {} : { id: UserId.make(id) }),
    ...(username === undefined ? {} : { username }),
    ...(email === undefined ? {} : { email }),
  }
  const row = (ask: Ask, label = id ?? username ?? email ?? "") =>
    Either.right({ number, line, label, who, role: role?.toLowerCase(), ask })
  if (command === "create") {
    const chosen = Redacted.make(secret ?? randomPassword())
    const request = { ...rest, username: username ?? "", email: email ?? "", password: chosen }
    return row({ _tag: "create", request, passwordInFile: secret !== undefined }, username)
  }
  if (id === undefined && username === undefined && email === undefined) {
    return Either.left([wrong("names nobody: id, username and email are empty", line)])
  }
  const state = all[names.indexOf("state")] ?? ""
  if (command === "delete" && /^(there|exists)$/.test(state)) {
    return Either.left([
      wrong(`is ${state} in this report, so not created by its run: leave the column out to delete it`, line),
    ])
  }
  if (command !== "update") return row({ _tag: "delete", id: who.id })
  // An address finds somebody only where nothing else does; else it is what the user's is to be.
  const selects = id === undefined && username === undefined
  const request = { ...rest, ...(email === undefined || selects ? {} : { email }) }
  return Object.keys(request).length === 0
    ? Either.left([wrong("changes nothing: there is no field but the one that says who is meant", line)])
    : row({ _tag: "update", id: who.id, request })
}

/** What counts as the same name: in any case of letters, and however accents are composed. */
export const fold = (text: string): string => text.normalize("NFKC").toLowerCase()

/** What may be in a file only once, as (name of the column, value to compare). */
export const keysOf = ({ ask, who }: Row): ReadonlyArray<readonly [string, string]> =>
  Object.entries(who)
    .filter(([name]) => ask._tag !== "update" || name === "id" || who.id === undefined)
    .map(([name, value]) => [name, name === "id" ? value : fold(value)])
