/** The line that each text of an error is, and the texts without explanations. */
import type { Operation } from "@effect-tiledb/schema"
import type { Credentials } from "../../Credentials.js"
import type { Issue, Outcome, Stopped } from "../../TileDBError.js"
import type { Of } from "./failure.js"

/** The texts of the errors of calls. */
export interface Texts {
  readonly decode: (told: Told, failure: Of<"Decode">) => string
  readonly status: (told: Told, failure: Of<"Status">) => string
  readonly transport: (told: Told, failure: Of<"Transport">) => string
}

/** The names of options in the user's source: in code, a variable, or a key in a file. */
export interface Named {
  readonly base: string
  readonly credentials: string
}

/** The parts of a message besides the failure itself. */
export interface Told {
  readonly operation: Operation
  readonly outcome: Outcome
  readonly attempts: number
  readonly stopped: Stopped | undefined
  /** Host and port of the last request. */
  readonly host: string
  /** What the path names, as far as it may be shown. */
  readonly about: ReadonlyArray<string>
  /** The scheme of the credential: `Scoped` if a scoped token authorised the call. */
  readonly scheme: Credentials["_tag"] | "Scoped"
  /** The names under which the user sets the options. */
  readonly named: Named
  /** When the token that was sent expired according to itself; `undefined` if it has not. */
  readonly expired: Date | undefined
}

/** An argument in the text: an id of the service says by its prefix what it is (`usr_…`), another value by its name. */
export const about = (name: string, subject: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const value = subject[name]
  return value === undefined ? [] : [name === "userId" || /^[a-z]+_/.test(value) ? value : `${name} ${value}`]
}

export const line = (
  { about, host, operation }: Told,
  said: ReadonlyArray<string | undefined>,
  requestId?: string | undefined,
  where: string = host,
): string => {
  const at = [requestId === undefined ? "" : `request ${requestId}`, ...about, where].filter((_) => _ !== "")
  const words = said.filter((_) => _ !== undefined && _ !== "").join("; ")
  return `${operation.name}: ${words}${at.length === 0 ? "" : ` [${at.join(", ")}]`}`
}

export const issueTexts = (issues: ReadonlyArray<Issue>, whole: string): ReadonlyArray<string> =>
  issues.map(({ message, path }) => `${path || whole} ${message}`)

export const invalid = (operation: string, issues: ReadonlyArray<Issue>): string =>
  `${operation} was not sent: ${issueTexts(issues, "the request").join("; ")}`

/** `createUser: Timeout, outcome Unknown [api.tiledb.com]` */
const brief = (told: Told, what: string | number, requestId?: string | undefined): string =>
  line(told, [`${what}, outcome ${told.outcome}`], requestId)

export const briefTexts: Texts = {
  decode: (told, { reason, requestId, status }) => brief(told, `${status} ${reason}`, requestId),
  status: (told, { body, status }) => brief(told, status, body.requestId),
  transport: (told, { reason }) => brief(told, reason),
}
