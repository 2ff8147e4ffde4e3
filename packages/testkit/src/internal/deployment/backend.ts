import type { UserId } from "@effect-tiledb/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { Failure } from "../api/failure.js"
import type { Answer, Machine } from "../api/machine.js"
import type { FaultBook } from "../faults/faultBook.js"
import type { Outcome } from "../journal/entry.js"
import type { Ledger } from "../journal/ledger.js"

/** The state that the interfaces of one deployment share. */
export interface Backend {
  readonly machine: Machine
  readonly faults: FaultBook
  readonly ledger: Ledger
  /** The deployment's time minus the `Clock`'s, in milliseconds. */
  readonly clock: { offset: number }
  /** The first owner, and its credentials. */
  owner: {
    readonly id: UserId
    readonly apiKey: Redacted.Redacted<string>
    readonly bearer: Redacted.Redacted<string>
  }
}

/** The deployment's time, in milliseconds. */
export const nowOf = (backend: Backend): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (time) => time + backend.clock.offset)

export const outcomeOf = (answer: Answer, status: number): Outcome =>
  answer instanceof Failure
    ? { _tag: "Failure", status, message: answer.message, fields: answer.fields.map(({ field }) => field) }
    : { _tag: "Success", status }
