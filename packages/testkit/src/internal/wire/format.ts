import { ErrorResponse, type Operation } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Credential from "../api/credential.js"
import { Failure, type FailureKind } from "../api/failure.js"
import { type Answer, fail, type Machine } from "../api/machine.js"
import type { Request } from "../api/perform.js"
import { isTooDeep } from "../api/requestBody.js"
import { given } from "../state/given.js"

/** A request as it arrives over the wire; header names are in lower case, `body` is "TooLarge" beyond the limit. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | "TooLarge"
}

/** A response as it is sent over the wire. */
export interface WireResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array
}

export const basePath = "/v4"

/** The largest body that is read, in bytes. */
export const bodyLimit = 1024 * 1024

type Match = Pick<Request, "row" | "endpoint" | "parameters">

const decodeSegment = (segment: string): string => Either.getOrElse(Encoding.decodeUriComponent(segment), () => "")

/** The rows at a path, by method, each with the values of the path's parameters. */
const route = ({ endpoints }: Machine, target: string): ReadonlyMap<string, Match> => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "")
  const [root, version, ...rest] = path.split("/")
  const segments = rest.map(decodeSegment)
  const found = new Map<string, Match>()
  if (`${root}/${version}` !== basePath || segments.includes("")) return found
  const matches = Array.from(endpoints).flatMap(([row, endpoint]): ReadonlyArray<Match> => {
    // Most rows are told from others by the start of their path.
    if (!row.path.startsWith(`/${segments[0]}`) && !row.path.startsWith("/{")) return []
    const names = row.path.slice(1).split("/")
    const isOther = (name: string, index: number) => !name.startsWith("{") && name !== segments[index]
    if (names.length !== segments.length || names.some(isOther)) return []
    const values = names.flatMap((name, index) => (name.startsWith("{") ? [[name.slice(1, -1), segments[index]]] : []))
    return [{ row, endpoint, parameters: Object.fromEntries(values) }]
  })
  // Fixed paths come before those with a parameter: `/users/self` also matches `/users/{user_id}`.
  for (const match of matches.sort((a, b) => Record.size(a.parameters) - Record.size(b.parameters))) {
    if (!found.has(match.row.method)) found.set(match.row.method, match)
  }
  return found
}

const methodsOf = (rows: ReadonlyMap<string, Match>): string =>
  [...rows.keys(), ...(rows.has("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ")

/** The methods that a path supports. */
export const options = (allow: string): WireResponse => ({ status: 204, headers: { allow }, body: "" })

const json = { "content-type": "application/json" }
const encodeError = Schema.encodeSync(ErrorResponse)

export const failureResponse = (
  { code, fields, message, requestId, retryAfter, status }: Failure,
  headers: WireResponse["headers"] = {},
): WireResponse & { readonly body: string } => ({
  status,
  headers: { ...json, ...given({ "retry-after": retryAfter?.toString() }), ...headers },
  body: JSON.stringify(
    encodeError({ code, message, request_id: requestId, ...(fields.length > 0 && { validation_error: { fields } }) }),
  ),
})

/** Encodes the result of an operation as a response. */
export const answerResponse = (row: Operation, answer: Answer): WireResponse => {
  if (answer instanceof Failure) return failureResponse(answer)
  if (answer === undefined || row.success == null) return { status: row.successStatus, headers: {}, body: "" }
  const body = JSON.stringify(Schema.encodeUnknownSync(row.success)(row.result === "body" ? answer : { data: answer }))
  return { status: row.successStatus, headers: json, body }
}

const jsonType = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i

/** The JSON of a body, or the failure to read it. */
const readJson = (machine: Machine, { body, headers }: WireRequest): unknown => {
  if (body === "TooLarge") return fail(machine, "bodyTooLarge")
  if (body.length === 0) return fail(machine, "bodyMissing")
  if (!jsonType.test(headers["content-type"] ?? "") || (headers["content-encoding"] ?? "identity") !== "identity") {
    return fail(machine, "notJson")
  }
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))
    return isTooDeep(json) ? fail(machine, "malformedJson") : json
  } catch {
    return fail(machine, "malformedJson")
  }
}

/** The result of routing: an operation, or a response that needs none. */
export type Routed =
  | { readonly _tag: "Operation"; readonly request: Request; readonly head: boolean }
  | { readonly _tag: "Response"; readonly response: WireResponse; readonly failure?: Failure }

export const credentialOf = ({ headers }: WireRequest): Credential.Credential =>
  Credential.fromHeaders(headers["x-tiledb-rest-api-key"], headers.authorization)

/** Finds the operation of a request and reads its credential and body; nothing is carried out yet. */
export const read = (machine: Machine, wire: WireRequest): Routed => {
  const refuse = (kind: FailureKind, headers?: WireResponse["headers"]): Routed => {
    const failure = fail(machine, kind)
    return { _tag: "Response", response: failureResponse(failure, headers), failure }
  }
  if (wire.body === "TooLarge") return refuse("bodyTooLarge")
  const rows = route(machine, wire.target)
  if (rows.size === 0) return refuse("pathNotFound")
  if (wire.method === "OPTIONS") return { _tag: "Response", response: options(methodsOf(rows)) }
  const head = wire.method === "HEAD"
  const found = rows.get(wire.method) ?? (head ? rows.get("GET") : undefined)
  if (found === undefined) return refuse("methodNotAllowed", { allow: methodsOf(rows) })
  const query = /\?([^#]*)/.exec(wire.target)?.[1] ?? ""
  const body = found.row.request == null ? undefined : readJson(machine, wire)
  return { _tag: "Operation", head, request: { ...found, query, credential: credentialOf(wire), body } }
}

/** The response to HEAD, from that to GET. */
export const withoutBody = (response: WireResponse): WireResponse =>
  response.body === ""
    ? response
    : { ...response, headers: { ...response.headers, "content-length": String(bytes(response.body).length) }, body: "" }

const encoder = new TextEncoder()

export const bytes = (body: WireResponse["body"]): Uint8Array =>
  typeof body === "string" ? encoder.encode(body) : body
