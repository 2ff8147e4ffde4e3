import { qualifiedName } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import { Failure } from "../api/failure.js"
import type { Answer } from "../api/machine.js"
import { perform, type Request } from "../api/perform.js"
import { redact } from "../api/requestBody.js"
import { type Backend, nowOf } from "../deployment/backend.js"
import type { Fault, FaultRequest } from "../faults/fault.js"
import type { Outcome } from "../journal/entry.js"
import { given } from "../state/given.js"
import * as Format from "./format.js"

/** The result of a request at the client: a response, complete or broken off, or none. */
export type Reply =
  | {
      readonly _tag: "Response"
      readonly response: Format.WireResponse
      /** How long the body follows after the headers. */
      readonly bodyAfter?: Duration.Duration
    }
  | { readonly _tag: "CutBody"; readonly response: Format.WireResponse; readonly end: "reset" | "stall" }
  | { readonly _tag: "CutHead"; readonly response: Format.WireResponse }
  | { readonly _tag: "Reset" | "Refuse" | "Silence" }

/** A request that has reached its operation; the response to HEAD has no body. */
interface Arrived {
  readonly backend: Backend
  readonly wire: Format.WireRequest
  readonly request: Request
  readonly head: boolean
}

/** Processes one request with the faults that strike it, and returns the reply. */
export const exchange = (backend: Backend, wire: Format.WireRequest): Effect.Effect<Reply> =>
  Effect.flatMap(nowOf(backend), (now) => {
    const routed = Format.read(backend.machine, wire)
    if (routed._tag === "Response") {
      const { failure, response } = routed
      note({ backend, wire }, outcomeOf(failure, response.status), now)
      return Effect.succeed<Reply>({ _tag: "Response", response })
    }
    const arrived = { ...routed, backend, wire }
    const strikes = backend.faults.isEmpty ? [] : backend.faults.decide(qualifiedName(routed.request.row))
    return strikes.length === 0
      ? Effect.succeed(act(arrived, [], now))
      : backend.inFlight.during(withFaults(arrived, respond(arrived, strikes)))
  })

const outcomeOf = (answer: Answer, status: number): Outcome =>
  answer instanceof Failure
    ? { _tag: "Failure", status, message: answer.message, fields: answer.fields.map(({ field }) => field) }
    : { _tag: "Success", status }

const unrouted = { row: undefined, parameters: {}, query: "", body: undefined }

type Noted = Pick<Arrived, "backend" | "wire"> & Partial<Arrived>

const note = ({ backend, request, wire }: Noted, outcome: Outcome, now: number): void =>
  backend.ledger.add({
    ...(request ?? { ...unrouted, credential: Format.credentialOf(wire) }),
    method: wire.method,
    target: wire.target,
    outcome,
    now,
  })

/** Performs the operation, and applies the faults that change the content of its response. */
const act = (arrived: Arrived, faults: ReadonlyArray<Fault>, now: number): Reply => {
  const { backend, request } = arrived
  const answer = perform(backend.machine, request, now)
  const spoiled = (response: Format.WireResponse, fault: Fault) => spoil(response, fault, request.endpoint.entity)
  const response = faults.reduce(spoiled, Format.answerResponse(request.row, answer))
  note(arrived, outcomeOf(answer, response.status), now)
  return answered(arrived, response)
}

const answered = ({ head }: Arrived, response: Format.WireResponse): Reply & { readonly _tag: "Response" } => ({
  _tag: "Response",
  response: head ? Format.withoutBody(response) : response,
})

const spoil = (response: Format.WireResponse, fault: Fault, entity: string | undefined): Format.WireResponse => {
  const { body, status } = response
  if (typeof body !== "string" || body === "" || status >= 400) return response
  if (fault._tag === "TruncatedJson") return { ...response, body: body.slice(0, Math.floor(body.length / 2)) }
  if (fault._tag !== "Merge") return response
  const { data, ...more } = JSON.parse(body)
  const into = (item: object) => ({ ...item, ...fault.fields })
  const one = () => (entity === undefined ? into(data) : { ...data, [entity]: into(data[entity]) })
  // Of a list, each element.
  return { ...response, body: JSON.stringify({ ...more, data: Array.isArray(data) ? data.map(into) : one() }) }
}

const seenBy = ({ request: { body, parameters, row }, wire: { headers, method, target } }: Arrived): FaultRequest => ({
  operation: qualifiedName(row),
  method,
  target,
  parameters,
  ...redact(row, body, Redacted.make),
  headers: Struct.omit(headers, "x-tiledb-rest-api-key", "authorization", "cookie"),
})

type Plain = Exclude<Fault, { readonly _tag: "Respond" }>

/** Calls the functions of `answer`; those that return `undefined` are dropped. */
const respond = (arrived: Arrived, strikes: ReadonlyArray<Fault>): ReadonlyArray<Plain> =>
  strikes.flatMap((strike): ReadonlyArray<Plain> => {
    if (strike._tag !== "Respond") return [strike]
    const response = strike.respond(seenBy(arrived))
    if (response === undefined) return []
    const { body = "", headers = {}, status } = response
    return [{ _tag: "Answer", status, headers, body, when: strike.when }]
  })

const withFaults = (arrived: Arrived, faults: ReadonlyArray<Plain>): Effect.Effect<Reply> => {
  const { backend, request } = arrived
  const delayOf = (part: "head" | "body"): Duration.Duration =>
    faults.reduce(
      (sum, fault) => (fault._tag === "Delay" && fault.part === part ? Duration.sum(sum, fault.duration) : sum),
      Duration.zero,
    )
  const [delay, bodyAfter] = [delayOf("head"), delayOf("body")]
  const late = (reply: Reply): Reply =>
    reply._tag === "Response" && Duration.greaterThan(bodyAfter, 0) ? { ...reply, bodyAfter } : reply
  const struck = (fault: string, acted: boolean, now: number, status?: number): void =>
    note(arrived, { _tag: "Fault", fault, acted, ...given({ status }) }, now)
  const wait = Duration.equals(delay, Duration.zero)
    ? Effect.void
    : Effect.onInterrupt(Effect.sleep(delay), () => Effect.map(nowOf(backend), (now) => struck("Delay", false, now)))
  return Effect.zipRight(
    wait,
    Effect.map(nowOf(backend), (now): Reply => {
      const ending = faults.find((one) => one._tag !== "Delay" && one._tag !== "Merge" && one._tag !== "TruncatedJson")
      if (ending === undefined) return late(act(arrived, faults, now))
      const isCut = ending._tag === "CutBody" || ending._tag === "CutHead"
      const acted = isCut || ("when" in ending && ending.when === "after")
      const answer = acted ? perform(backend.machine, request, now) : undefined
      struck(ending._tag, acted, now, ending._tag === "Answer" ? ending.status : undefined)
      if (ending._tag === "Answer") return late(answered(arrived, ending))
      if (!isCut) return { _tag: ending._tag }
      const response = Format.answerResponse(request.row, answer)
      // An empty body cannot be cut short; only the whole response can be.
      return response.body === "" ? { _tag: "Reset" } : { ...ending, response }
    }),
  )
}
