import type { Message } from "../state/mailroom.js"
import type { StateSnapshot } from "../state/state.js"
import type { Backend } from "./backend.js"

/** The whole state of a deployment at one moment, including its clock and owner. */
export interface Moment {
  readonly state: StateSnapshot
  readonly messages: ReadonlyArray<Message>
  /** The states of the groups besides users; absent in a moment that was JSON, whose groups stay as they are. */
  readonly groups?: ReadonlyMap<object, unknown>
  readonly offset: number
  readonly owner: Backend["owner"]
}

/** The deployment as it is. */
export const capture = ({
  clock: { offset },
  machine,
  owner,
}: Omit<Backend, "faults" | "inFlight" | "ledger">): Moment => ({
  state: machine.state.snapshot,
  messages: machine.mailroom.snapshot,
  groups: new Map(machine.groups),
  offset,
  owner,
})

/** Restores the deployment's state of that moment; not its clock and owner. */
export const restore = ({ machine }: Backend, { groups, messages, state }: Moment): void => {
  for (const [group, its] of groups ?? []) machine.groups.set(group, its)
  machine.state.restore(state)
  machine.mailroom.restore(messages)
}

/** Makes the deployment what it was at that moment. */
export const load = (backend: Backend, moment: Moment): void => {
  restore(backend, moment)
  backend.clock.offset = moment.offset
  backend.owner = moment.owner
}
