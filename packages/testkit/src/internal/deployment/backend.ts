import type { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Machine } from "../api/machine.js"
import type { FaultBook } from "../faults/faultBook.js"
import type { Ledger } from "../journal/ledger.js"
import type { InFlight } from "../state/inFlight.js"
import type { Message } from "../state/mailroom.js"
import type { StateSnapshot } from "../state/state.js"
import { refuse } from "./accounts.js"

/** The state that the interfaces of one deployment share. */
export interface Backend {
  readonly machine: Machine
  readonly faults: FaultBook
  readonly ledger: Ledger
  readonly inFlight: InFlight
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
  Effect.clockWith((clock) => Effect.succeed(clock.unsafeCurrentTimeMillis() + backend.clock.offset))

/** The last millisecond of which RFC 3339 can write the year, which is as far as a clock may be moved. */
export const furthest = 253_402_300_799_999

/** Moves the deployment's clock, or throws if that is too far: no response can have a time that is no date. */
export const moveClock = ({ clock }: Backend, offset: number): void => {
  if (!(Math.abs(offset) <= furthest)) refuse("The deployment's time cannot be moved beyond the year 9999")
  clock.offset = offset
}

/** The whole state of a deployment at one moment, including its clock and owner. */
export interface Moment {
  readonly state: StateSnapshot
  readonly messages: ReadonlyArray<Message>
  /** The states of the groups besides users; one that is absent stays as it is. */
  readonly groups: Machine["groups"]
  readonly offset: number
  readonly owner: Backend["owner"]
}

/** The deployment as it is. */
export const capture = ({
  clock: { offset },
  machine,
  owner,
}: Pick<Backend, "clock" | "machine" | "owner">): Moment => ({
  state: machine.state.snapshot,
  messages: machine.mailroom.find({}),
  groups: new Map(machine.groups),
  offset,
  owner,
})

/** Restores the deployment's state of that moment; not its clock and owner. */
export const restore = ({ machine }: Backend, { groups, messages, state }: Moment): void => {
  for (const [group, its] of groups) machine.groups.set(group, its)
  machine.state.restore(state)
  machine.mailroom.restore(messages)
}

/** Makes the deployment what it was at that moment. */
export const load = (backend: Backend, moment: Moment): void => {
  restore(backend, moment)
  backend.clock.offset = moment.offset
  backend.owner = moment.owner
}
