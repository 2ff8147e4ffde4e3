import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { FaultRequest } from "../../Faults.js"
import { perform, type Request } from "../api/perform.js"
import { redact } from "../api/requestBody.js"
import { type Backend, nowOf, outcomeOf } from "../deployment/backend.js"
import type { Strike } from "../faults/faultBook.js"
import type { Outcome } from "../journal/entry.js"
import * as Wire from "./format.js"

/** The result of a request at the client: a response, complete or broken off, or none. */
export type Reply =
  | {
      readonly _tag: "Response"
      readonly response: Wire.WireResponse
      /** How long the body follows after the headers. */
      readonly bodyAfter?: Duration.Duration
    }
  | { readonly _tag: "CutBody"; readonly response: Wire.WireResponse; readonly end: "reset" | "stall" }
  | { readonly _tag: "CutHead"; readonly response: Wire.WireResponse }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Refuse" }
  | { readonly _tag: "Silence" }

/** Processes one request with the faults that strike it, and returns the reply. */
export const exchange = (backend: Backend, wire: Wire.WireRequest): Effect.Effect<Reply> =>
  Effect.flatMap(nowOf(backend), (now) => {
    const routed = Wire.read(backend.machine, wire)
    if (routed._tag === "Response") {
      const { failure, response } = routed
      note(backend, wire, undefined, outcomeOf(failure, response.status), now)
      return Effect.succeed<Reply>({ _tag: "Response", response })
    }
    const { request, head } = routed
    const faults = backend.faults.isEmpty ? [] : backend.faults.decide(request.row.name)
    return faults.length === 0
      ? Effect.succeed(act(backend, wire, request, head, [], now))
      : withFaults(backend, wire, request, head, faults)
  })

const note = (
  backend: Backend,
  wire: Wire.WireRequest,
  request: Request | undefined,
  outcome: Outcome,
  now: number,
): void =>
  backend.ledger.add({
    row: request?.row,
    method: wire.method,
    target: wire.target,
    credential: request?.credential ?? Wire.credentialOf(wire),
    parameters: request?.parameters ?? {},
    query: request?.query ?? "",
    body: request?.body,
    outcome,
    now,
  })

/** Performs the operation, and applies the faults that change the content of its response. */
const act = (
  backend: Backend,
  wire: Wire.WireRequest,
  request: Request,
  head: boolean,
  faults: ReadonlyArray<Strike>,
  now: number,
): Reply => {
  const answer = perform(backend.machine, request, now)
  const entity = backend.machine.endpoints.get(request.row)?.entity
  const spoiled = (response: Wire.WireResponse, fault: Strike) => spoil(response, fault, entity)
  const response = faults.reduce(spoiled, Wire.answerResponse(request.row, answer))
  note(backend, wire, request, outcomeOf(answer, response.status), now)
  return { _tag: "Response", response: head ? Wire.withoutBody(response) : response }
}

const spoil = (response: Wire.WireResponse, fault: Strike, entity: string | undefined): Wire.WireResponse => {
  if (typeof response.body !== "string" || response.body === "" || response.status >= 400) return response
  switch (fault._tag) {
    case "TruncatedJson":
      return { ...response, body: response.body.slice(0, Math.floor(response.body.length / 2)) }
    case "Merge":
      return { ...response, body: mergeInto(response.body, fault.fields, entity) }
    default:
      return response
  }
}

const mergeInto = (body: string, fields: Readonly<Record<string, unknown>>, entity: string | undefined): string => {
  const { data } = JSON.parse(body)
  return JSON.stringify({
    data: entity === undefined ? { ...data, ...fields } : { ...data, [entity]: { ...data[entity], ...fields } },
  })
}

type Ending = Exclude<Strike, { readonly _tag: "Delay" | "Merge" | "Respond" | "TruncatedJson" }>

const isEnding = (fault: Strike): fault is Ending =>
  fault._tag !== "Delay" && fault._tag !== "Merge" && fault._tag !== "Respond" && fault._tag !== "TruncatedJson"

const credentials: ReadonlySet<string> = new Set(["x-tiledb-rest-api-key", "authorization", "cookie"])

const seenBy = (wire: Wire.WireRequest, { body, parameters, row }: Request): FaultRequest => ({
  operation: row.name,
  method: wire.method,
  target: wire.target,
  parameters,
  input: row.request === null ? undefined : redact(row, body, Redacted.make),
  headers: Object.fromEntries(
    Object.entries(wire.headers).flatMap(([name, value]) =>
      value === undefined || credentials.has(name) ? [] : [[name, value]],
    ),
  ),
})

/** Calls the functions of `answer`; those that return `undefined` are dropped. */
const respond = (strikes: ReadonlyArray<Strike>, wire: Wire.WireRequest, request: Request): ReadonlyArray<Strike> =>
  strikes.flatMap((strike): ReadonlyArray<Strike> => {
    if (strike._tag !== "Respond") return [strike]
    const given = strike.respond(seenBy(wire, request))
    return given === undefined ? [] : [{ _tag: "Answer", headers: {}, body: "", ...given, when: strike.when }]
  })

const withFaults = (
  backend: Backend,
  wire: Wire.WireRequest,
  request: Request,
  head: boolean,
  strikes: ReadonlyArray<Strike>,
): Effect.Effect<Reply> => {
  const faults = respond(strikes, wire, request)
  const delayOf = (part: "head" | "body"): number =>
    faults.reduce(
      (sum, fault) => (fault._tag === "Delay" && fault.part === part ? sum + Duration.toMillis(fault.duration) : sum),
      0,
    )
  const delay = delayOf("head")
  const bodyAfter = Duration.millis(delayOf("body"))
  const late = (reply: Reply): Reply =>
    reply._tag === "Response" && Duration.greaterThan(bodyAfter, 0) ? { ...reply, bodyAfter } : reply
  const struck = (fault: string, acted: boolean, now: number, status?: number): void =>
    note(backend, wire, request, { _tag: "Fault", fault, acted, ...(status === undefined ? {} : { status }) }, now)
  const wait =
    delay === 0
      ? Effect.void
      : Effect.onInterrupt(Effect.sleep(delay), () => Effect.map(nowOf(backend), (now) => struck("Delay", false, now)))
  return Effect.zipRight(
    wait,
    Effect.map(nowOf(backend), (now): Reply => {
      const ending = faults.find(isEnding)
      if (ending === undefined) return late(act(backend, wire, request, head, faults, now))
      if (ending._tag === "CutBody" || ending._tag === "CutHead") {
        const response = Wire.answerResponse(request.row, perform(backend.machine, request, now))
        struck(ending._tag, true, now)
        // An empty body cannot be cut short; only the whole response can be.
        if (response.body === "") return { _tag: "Reset" }
        return ending._tag === "CutBody"
          ? { _tag: "CutBody", response, end: ending.end }
          : { _tag: "CutHead", response }
      }
      const acted = ending._tag !== "Refuse" && ending.when === "after"
      if (acted) perform(backend.machine, request, now)
      struck(ending._tag, acted, now, ending._tag === "Answer" ? ending.status : undefined)
      switch (ending._tag) {
        case "Answer": {
          const { status, headers, body } = ending
          const response = { status, headers, body }
          return late({ _tag: "Response", response: head ? Wire.withoutBody(response) : response })
        }
        default:
          return { _tag: ending._tag }
      }
    }),
  )
}
