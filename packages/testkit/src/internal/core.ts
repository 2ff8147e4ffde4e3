import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fault } from "../Faults.js"
import type { Outcome } from "../Journal.js"
import { Failure } from "./failure.js"
import type { FaultBook } from "./faultBook.js"
import type { Answer, Machine } from "./handlers.js"
import type { Ledger } from "./ledger.js"
import { perform, type Request } from "./machine.js"
import * as Wire from "./wire.js"

/** Everything that the faces of one deployment share. */
export interface Core {
  readonly machine: Machine
  readonly faults: FaultBook
  readonly ledger: Ledger
  /** The deployment's time minus the `Clock`'s, in milliseconds. */
  readonly offset: number
}

/** What reaches the other end of the wire: a response, whole or broken off, or none. */
export type Reply =
  | { readonly _tag: "Response"; readonly response: Wire.WireResponse }
  | { readonly _tag: "CutBody"; readonly response: Wire.WireResponse; readonly end: "reset" | "stall" }
  | { readonly _tag: "CutHead"; readonly response: Wire.WireResponse }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Refuse" }
  | { readonly _tag: "Silence" }

const outcomeOf = (answer: Answer, status: number): Outcome =>
  answer instanceof Failure
    ? { _tag: "Failure", status, message: answer.message, fields: answer.fields.map(({ field }) => field) }
    : { _tag: "Success", status }

const now = (core: Core): Effect.Effect<number> => Effect.map(Clock.currentTimeMillis, (time) => time + core.offset)

/** Performs a call that comes without a wire around it. */
export const call = (core: Core, request: Request): Effect.Effect<Answer> =>
  Effect.map(now(core), (now) => {
    const answer = perform(core.machine, request, now)
    const status = answer instanceof Failure ? answer.status : request.row.successStatus
    core.ledger.add({
      ...request,
      method: request.row.method,
      target: request.userId,
      outcome: outcomeOf(answer, status),
      now,
    })
    return answer
  })

/** Takes one request from the wire to its reply, with the faults that befall it on the way. */
export const exchange = (core: Core, wire: Wire.WireRequest): Effect.Effect<Reply> =>
  Effect.flatMap(now(core), (now) => {
    const routed = Wire.read(core.machine, wire)
    if (routed._tag === "Response") {
      const { failure, response } = routed
      note(core, wire, undefined, outcomeOf(failure, response.status), now)
      return Effect.succeed<Reply>({ _tag: "Response", response })
    }
    const { request, head } = routed
    const faults = core.faults.isEmpty ? [] : core.faults.decide(request.row.name)
    return faults.length === 0
      ? Effect.succeed(act(core, wire, request, head, [], now))
      : withFaults(core, wire, request, head, faults)
  })

const note = (core: Core, wire: Wire.WireRequest, request: Request | undefined, outcome: Outcome, now: number): void =>
  core.ledger.add({
    row: request?.row,
    method: wire.method,
    target: wire.target,
    credential: request?.credential ?? Wire.credentialOf(wire),
    userId: request?.userId ?? "",
    body: request?.body,
    outcome,
    now,
  })

/** Has the operation performed, and lets what spoils the content of its answer do so. */
const act = (
  core: Core,
  wire: Wire.WireRequest,
  request: Request,
  head: boolean,
  faults: ReadonlyArray<Fault>,
  now: number,
): Reply => {
  const answer = perform(core.machine, request, now)
  const response = faults.reduce(spoil, Wire.answerResponse(request.row, answer))
  note(core, wire, request, outcomeOf(answer, response.status), now)
  return { _tag: "Response", response: head ? Wire.withoutBody(response) : response }
}

const spoil = (response: Wire.WireResponse, fault: Fault): Wire.WireResponse => {
  if (typeof response.body !== "string" || response.body === "" || response.status >= 400) return response
  switch (fault._tag) {
    case "TruncatedJson":
      return { ...response, body: response.body.slice(0, Math.floor(response.body.length / 2)) }
    case "Merge":
      return { ...response, body: mergeInto(response.body, fault.fields) }
    default:
      return response
  }
}

const mergeInto = (body: string, fields: Readonly<Record<string, unknown>>): string => {
  const { data } = JSON.parse(body)
  return JSON.stringify({
    data: "user" in data ? { ...data, user: { ...data.user, ...fields } } : { ...data, ...fields },
  })
}

type Ending = Exclude<Fault, { readonly _tag: "Delay" | "Merge" | "TruncatedJson" }>

const isEnding = (fault: Fault): fault is Ending =>
  fault._tag !== "Delay" && fault._tag !== "Merge" && fault._tag !== "TruncatedJson"

const withFaults = (
  core: Core,
  wire: Wire.WireRequest,
  request: Request,
  head: boolean,
  faults: ReadonlyArray<Fault>,
): Effect.Effect<Reply> => {
  const delay = faults.reduce(
    (sum, fault) => (fault._tag === "Delay" ? sum + Duration.toMillis(fault.duration) : sum),
    0,
  )
  const struck = (fault: string, acted: boolean, now: number, status?: number): void =>
    note(core, wire, request, { _tag: "Fault", fault, acted, ...(status === undefined ? {} : { status }) }, now)
  const wait =
    delay === 0
      ? Effect.void
      : Effect.onInterrupt(Effect.sleep(delay), () => Effect.map(now(core), (now) => struck("Delay", false, now)))
  return Effect.zipRight(
    wait,
    Effect.map(now(core), (now): Reply => {
      const ending = faults.find(isEnding)
      if (ending === undefined) return act(core, wire, request, head, faults, now)
      if (ending._tag === "CutBody" || ending._tag === "CutHead") {
        const response = Wire.answerResponse(request.row, perform(core.machine, request, now))
        struck(ending._tag, true, now)
        // The end of an empty body cannot be missing, only the whole answer.
        if (response.body === "") return { _tag: "Reset" }
        return ending._tag === "CutBody"
          ? { _tag: "CutBody", response, end: ending.end }
          : { _tag: "CutHead", response }
      }
      const acted = ending._tag !== "Refuse" && ending.when === "after"
      if (acted) perform(core.machine, request, now)
      struck(ending._tag, acted, now, ending._tag === "Answer" ? ending.status : undefined)
      switch (ending._tag) {
        case "Answer": {
          const { status, headers, body } = ending
          const response = { status, headers: { ...Wire.cors, ...headers }, body }
          return { _tag: "Response", response: head ? Wire.withoutBody(response) : response }
        }
        default:
          return { _tag: ending._tag }
      }
    }),
  )
}
