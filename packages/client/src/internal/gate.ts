import type * as Clock from "effect/Clock"
import type { Failure } from "./failure.js"
import { Line } from "./line.js"

/** How many go first when a gate has opened. */
export const few = 4

/** What a call has of the limiter: at most one attempt that waits or is under way. */
export class Ticket {
  state: "Idle" | "Waiting" | "UnderWay" = "Idle"
  /** Whether an attempt was made: then the next one goes before those of calls that have made none. */
  sent = false
  /** When the call has to be over, in milliseconds of the monotonic clock. */
  deadline = Number.POSITIVE_INFINITY
  /** The gate's round in which it was let in. */
  round = 0
  /** Called when the waiting is over: its turn has come, or it fails. */
  settle: (failure?: Failure) => void = () => {}

  constructor(
    /** Calls are counted: the smaller, the earlier. */
    readonly order: number,
    readonly gate: Gate,
    readonly clock: Clock.Clock,
  ) {}
}

/**
 * Holds back the attempts of one credential while the service wants none. When the time is over a few may go, and for each
 * that is answered one more; once nobody is left waiting, all may.
 */
export class Gate {
  /** When it opens, in milliseconds of the monotonic clock. */
  opensAt = Number.NEGATIVE_INFINITY
  /** Nobody's deadline in the line is looked for before. */
  expiresAt = Number.POSITIVE_INFINITY
  private readonly again = new Line<Ticket>()
  private readonly fresh = new Line<Ticket>()
  private room = Number.POSITIVE_INFINITY
  private gone = 0
  /** Counts the times that it was closed: who went before that is not one of the few. */
  private round = 0

  /** Who is next. */
  get head(): Ticket | undefined {
    return this.again.head ?? this.fresh.head
  }

  /** When it lets somebody in by time alone. */
  get at(): number {
    return this.gone < this.room ? this.opensAt : Number.POSITIVE_INFINITY
  }

  wait(ticket: Ticket): void {
    this.lineOf(ticket).add(ticket)
    this.expiresAt = Math.min(this.expiresAt, ticket.deadline)
  }

  /** The waiting of one is over. */
  remove(ticket: Ticket): void {
    this.lineOf(ticket).remove(ticket)
    if (this.head === undefined) this.expiresAt = Number.POSITIVE_INFINITY
  }

  /**
   * Those whose deadline is not after `time`, which costs a look at everybody who waits; how often that may happen is
   * bounded by `pause`, the milliseconds until the next look.
   */
  late(time: number, pause: number): ReadonlyArray<Ticket> {
    if (time < this.expiresAt) return []
    const late: Array<Ticket> = []
    let earliest = Number.POSITIVE_INFINITY
    for (const line of [this.again, this.fresh]) {
      for (const ticket of line) {
        if (ticket.deadline <= time) late.push(ticket)
        else earliest = Math.min(earliest, ticket.deadline)
      }
    }
    this.expiresAt = Math.max(earliest, time + pause)
    return late
  }

  close(until: number): void {
    this.opensAt = Math.max(this.opensAt, until)
    this.room = few
    this.gone = 0
    this.round++
  }

  start(ticket: Ticket): void {
    this.gone++
    ticket.round = this.round
  }

  /** The attempt is over: whether it was answered, and how many the client lets go at once anyway. */
  end(ticket: Ticket, answered: boolean, most: number): void {
    if (ticket.round !== this.round) return
    this.gone--
    if (!answered) return
    this.room++
    if (this.room >= most || this.head === undefined) this.room = Number.POSITIVE_INFINITY
  }

  private lineOf(ticket: Ticket): Line<Ticket> {
    return ticket.sent ? this.again : this.fresh
  }
}
