import { ErrorResponse, type Operation } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import * as Credential from "../api/credential.js"
import { Failure, type FailureKind } from "../api/failure.js"
import { type Answer, fail, type Machine } from "../api/machine.js"
import type { Request } from "../api/perform.js"

/** A request as it arrives over the wire; header names are in lower case, `body` is "TooLarge" beyond the limit. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  readonly headers: { readonly [name: string]: string | undefined }
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

interface Route {
  readonly segments: ReadonlyArray<string>
  readonly rows: Map<string, Operation>
}

// Fixed paths are matched before those with a parameter: `/users/self` also matches `/users/{user_id}`.
const makeRoutes = (rows: Iterable<Operation>): ReadonlyArray<Route> => {
  const byPath = new Map<string, Route>()
  for (const row of rows) {
    const route = byPath.get(row.path) ?? { segments: row.path.split("/").slice(1), rows: new Map() }
    byPath.set(row.path, route)
    route.rows.set(row.method, row)
  }
  const parameters = ({ segments }: Route) => segments.filter((segment) => segment.startsWith("{")).length
  return Array.from(byPath.values()).sort((a, b) => parameters(a) - parameters(b))
}

const known = new WeakMap<Machine["endpoints"], ReadonlyArray<Route>>()

const routesOf = ({ endpoints }: Machine): ReadonlyArray<Route> => {
  const routes = known.get(endpoints) ?? makeRoutes(endpoints.keys())
  known.set(endpoints, routes)
  return routes
}

const decodeSegment = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

interface Match {
  readonly row: Operation
  readonly parameters: Readonly<Record<string, string>>
}

/** The rows at a path, by method, each with the values of the path's parameters. */
const route = (machine: Machine, target: string): ReadonlyMap<string, Match> => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "")
  const found = new Map<string, Match>()
  if (!path.startsWith(`${basePath}/`)) return found
  const segments = path.slice(basePath.length + 1).split("/")
  for (const { segments: wanted, rows } of routesOf(machine)) {
    const parameters: Record<string, string> = {}
    const matches =
      wanted.length === segments.length &&
      wanted.every((name, index) => {
        const segment = decodeSegment(segments[index] ?? "")
        if (segment === undefined || segment === "") return false
        if (name.startsWith("{")) parameters[name.slice(1, -1)] = segment
        return name.startsWith("{") || name === segment
      })
    if (!matches) continue
    for (const [method, row] of rows) if (!found.has(method)) found.set(method, { row, parameters })
  }
  return found
}

const methodsOf = (rows: ReadonlyMap<string, Match>): string => {
  const methods = Array.from(rows.keys())
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ")
}

/** The methods that a path supports. */
export const options = (allow: string): WireResponse => ({ status: 204, headers: { allow }, body: "" })

const json = { "content-type": "application/json" }
const encodeError = Schema.encodeSync(ErrorResponse)

type Encoder = (answer: unknown) => unknown

const encoders = new WeakMap<object, Encoder>()

const encoderOf = (schema: NonNullable<Operation["success"]>): Encoder => {
  const encoder: Encoder = encoders.get(schema) ?? Schema.encodeUnknownSync(schema)
  encoders.set(schema, encoder)
  return encoder
}

export const failureResponse = (
  failure: Failure,
  headers: WireResponse["headers"] = {},
): WireResponse & { readonly body: string } => ({
  status: failure.status,
  headers: {
    ...json,
    ...(failure.retryAfter === undefined ? {} : { "retry-after": String(failure.retryAfter) }),
    ...headers,
  },
  body: JSON.stringify(
    encodeError({
      code: failure.code,
      message: failure.message,
      request_id: failure.requestId,
      ...(failure.fields.length > 0 ? { validation_error: { fields: failure.fields } } : {}),
    }),
  ),
})

/** Encodes the result of an operation as a response. */
export const answerResponse = (row: Operation, answer: Answer): WireResponse => {
  if (answer instanceof Failure) return failureResponse(answer)
  if (answer === undefined || row.success === null) return { status: row.successStatus, headers: {}, body: "" }
  const body = JSON.stringify(encoderOf(row.success)({ data: answer }))
  return { status: row.successStatus, headers: json, body }
}

const jsonType = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i

/** The JSON of a body, or the failure to read it. */
const readJson = (machine: Machine, { headers, body }: WireRequest): unknown => {
  if (body === "TooLarge") return fail(machine, "bodyTooLarge")
  if (body.length === 0) return fail(machine, "bodyMissing")
  if (!jsonType.test(headers["content-type"] ?? "") || (headers["content-encoding"] ?? "identity") !== "identity") {
    return fail(machine, "notJson")
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))
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
export const read = (machine: Machine, request: WireRequest): Routed => {
  const refuse = (kind: FailureKind, headers?: WireResponse["headers"]): Routed => {
    const failure = fail(machine, kind)
    return { _tag: "Response", response: failureResponse(failure, headers), failure }
  }
  if (request.body === "TooLarge") return refuse("bodyTooLarge")
  const rows = route(machine, request.target)
  if (rows.size === 0) return refuse("pathNotFound")
  if (request.method === "OPTIONS") return { _tag: "Response", response: options(methodsOf(rows)) }
  const head = request.method === "HEAD"
  const found = rows.get(head ? "GET" : request.method)
  if (found === undefined) return refuse("methodNotAllowed", { allow: methodsOf(rows) })
  return {
    _tag: "Operation",
    head,
    request: {
      row: found.row,
      parameters: found.parameters,
      query: /\?([^#]*)/.exec(request.target)?.[1] ?? "",
      credential: credentialOf(request),
      body: found.row.request === null ? undefined : readJson(machine, request),
    },
  }
}

/** The response to HEAD, from that to GET. */
export const withoutBody = (response: WireResponse): WireResponse =>
  response.body === ""
    ? response
    : { ...response, headers: { ...response.headers, "content-length": String(bytes(response.body).length) }, body: "" }

const encoder = new TextEncoder()

export const bytes = (body: WireResponse["body"]): Uint8Array =>
  typeof body === "string" ? encoder.encode(body) : body
