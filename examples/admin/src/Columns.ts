import { type UserCreateRequest, UserId, type UserUpdateRequest } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { utf16 } from "./Csv.js"

export type Command = "create" | "update" | "delete"

export const isCommand = (text: string): text is Command => text in columns

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
  update: { id: { ...text, required: true }, display_name: text, email: text, timezone: text, image },
  // Only `id` decides; the others are what an export of users has, and are shown before anything is deleted.
  delete: { id: { ...text, required: true }, username: text, email: text, display_name: text },
}

/** What is wrong with one row, and where: `column` counts from 1, 0 stands for the row as a whole. */
export interface Issue {
  readonly line: number
  readonly column: number
  readonly name: string
  readonly message: string
}

/** What one row asks for. */
export type Ask =
  | { readonly _tag: "create"; readonly request: UserCreateRequest; readonly passwordInFile: boolean }
  | { readonly _tag: "update"; readonly id: UserId; readonly request: UserUpdateRequest }
  | { readonly _tag: "delete"; readonly id: UserId; readonly hint: string }

/** One row of the file that can be sent. `number` counts the rows from 1, `label` is what to call it in a report. */
export interface Row {
  readonly number: number
  readonly line: number
  readonly label: string
  readonly ask: Ask
}

export interface Header {
  readonly command: Command
  readonly names: ReadonlyArray<string>
}

export interface HeaderOptions {
  readonly command: Command
  readonly generatePasswords: boolean
  readonly ignoreUnknownColumns: boolean
  readonly delimiter: string
}

const shown = (delimiter: string): string => (delimiter === "\t" ? "tab" : delimiter)

/** Checks the first line; what is wrong with it stops the whole file. */
export const readHeader = (fields: ReadonlyArray<string>, options: HeaderOptions): Either.Either<Header, string> => {
  const { command, delimiter, generatePasswords, ignoreUnknownColumns } = options
  const known = columns[command]
  const names = fields.map((name) => name.trim())
  const other = [",", ";", "\t", "|"].find((_) => _ !== delimiter && names.some((name) => name.includes(_)))
  const missing = Object.keys(known).filter(
    (name) => known[name]?.required && !names.includes(name) && !(name === "password" && generatePasswords),
  )
  if (missing.length > 0 && other !== undefined) {
    return Either.left(
      `line 1: the columns seem to be separated by "${shown(other)}", not by "${shown(delimiter)}": give --delimiter ${other === "\t" ? "tab" : `"${other}"`}`,
    )
  }
  if (names.some((name) => name.includes("\u0000") || name.includes("\ufffd"))) {
    return Either.left(utf16)
  }
  if (missing.length > 0) {
    const hint = missing.includes("password") ? " (or give --generate-passwords)" : ""
    return Either.left(
      `line 1: missing column ${missing.join(", ")}${hint}; the columns of ${command} are ${Object.keys(known).join(", ")}`,
    )
  }
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at)
  if (twice >= 0) return Either.left(`line 1, column ${twice + 1}: ${names[twice]} is there twice`)
  const unknown = names.findIndex((name) => !Object.hasOwn(known, name))
  if (unknown >= 0 && !ignoreUnknownColumns) {
    return Either.left(
      `line 1, column ${unknown + 1}: unknown column "${clean(names[unknown] ?? "")}"; the columns of ${command} are ${Object.keys(known).join(", ")} (or give --ignore-unknown-columns)`,
    )
  }
  return Either.right({ command, names })
}

/** Text from a file, fit for a terminal: no control characters, not too long. */
export const clean = (value: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const safe = value.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
  return safe.length > 80 ? `${safe.slice(0, 79)}…` : safe
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/
const email = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/
const dataUrl = /^data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/]+=*$/

/** What is wrong with the value of a column. */
export const fieldProblem = (name: string, value: string, { longest, required }: Column): string | undefined => {
  if (value === "") return required ? "must not be empty" : undefined
  if (value.includes("\ufffd")) return "is not UTF-8 (Latin-1?): save the file as UTF-8"
  if (value.length > longest) return `has ${value.length} characters, at most ${longest} are taken`
  if (control.test(value)) return "has a line break or another control character"
  if (name === "image") return dataUrl.test(value) ? undefined : "must be a data URL: data:image/png;base64,…"
  if (value !== value.trim() && name !== "password") return "has a space at its beginning or end"
  if (name === "email" && !email.test(value)) return "is not an e-mail address such as ada@example.com"
  if (name === "id" && Either.isLeft(decodeId(value))) return "is not a user id such as usr_9m4e2mr0ui3e8a215n4g"
  return undefined
}

const decodeId = Schema.decodeUnknownEither(UserId)

export interface RowOptions {
  readonly number: number
  readonly line: number
  readonly generatePasswords: boolean
  /** Makes up the password of a row that has none. */
  readonly password: () => Redacted.Redacted<string>
}

/** Reads one record: what it asks for, or everything that is wrong with it. Fields' values are in no message. */
export const readRow = (
  { command, names }: Header,
  fields: ReadonlyArray<string>,
  { generatePasswords, line, number, password }: RowOptions,
): Either.Either<Row, ReadonlyArray<Issue>> => {
  if (fields.length !== names.length) {
    const message = `has ${fields.length} fields where the first line has ${names.length}`
    return Either.left([{ line, column: Math.min(fields.length, names.length) + 1, name: "", message }])
  }
  const issues: Array<Issue> = []
  const given: Record<string, string> = {}
  for (const [at, name] of names.entries()) {
    const column = columns[command][name]
    const value = fields[at] ?? ""
    if (column === undefined) continue
    const optional = name === "password" && generatePasswords
    const message = fieldProblem(name, value, optional ? { ...column, required: false } : column)
    if (message !== undefined) issues.push({ line, column: at + 1, name, message })
    else if (value !== "") given[name] = value
  }
  if (issues.length > 0) return Either.left(issues)
  const { id = "", password: secret, username = "", email: address = "", ...rest } = given
  const row = (label: string, ask: Ask) => Either.right({ number, line, label, ask })
  switch (command) {
    case "create": {
      const chosen = secret === undefined ? password() : Redacted.make(secret)
      const request = { ...rest, username, email: address, password: chosen }
      return row(username, { _tag: "create", request, passwordInFile: secret !== undefined })
    }
    case "update": {
      const request = { ...rest, ...(address === "" ? {} : { email: address }) }
      return Object.keys(request).length === 0
        ? Either.left([{ line, column: 0, name: "", message: "changes nothing: every field but id is empty" }])
        : row(id, { _tag: "update", id: UserId.make(id), request })
    }
    case "delete":
      return row(id, {
        _tag: "delete",
        id: UserId.make(id),
        hint: [username, address].filter((_) => _ !== "").join(" "),
      })
  }
}

/** What may be in a file only once, as (name of the column, value to compare). */
export const keysOf = ({ ask }: Row): ReadonlyArray<readonly [string, string]> =>
  ask._tag === "create"
    ? [
        ["username", ask.request.username],
        ["email", ask.request.email.toLowerCase()],
      ]
    : [["id", ask.id]]
