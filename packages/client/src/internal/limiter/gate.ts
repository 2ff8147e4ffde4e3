import type * as Clock from "effect/Clock"
import type { Failure } from "../failure/failure.js"
import { Line } from "./queue.js"

/** How many attempts may start first when a gate has opened. */
export const few = 4

/** The state of a call in the limiter: at most one attempt that waits or is under way. */
export class Ticket {
  state: "Idle" | "Waiting" | "UnderWay" = "Idle"
  /** Whether the call has made an attempt: its next one starts before those of calls that have made none. */
  sent = false
  /** The deadline of the call, in milliseconds of the monotonic clock. */
  deadline = Number.POSITIVE_INFINITY
  /** The round of the gate in which the attempt started. */
  round = 0
  /** Ends the wait: the attempt may start, or it fails with `failure`. */
  settle: (failure?: Failure) => void = () => {}

  constructor(
    /** The sequence number of the call: the lower, the earlier. */
    readonly order: number,
    readonly gate: Gate,
    readonly clock: Clock.Clock,
  ) {}
}

/**
 * Holds back the attempts of one credential during a pause of the service. After the pause a few may start, and one
 * more for each that gets a response; once there is no waiter, all may.
 */
export class Gate {
  /** When the gate opens, in milliseconds of the monotonic clock. */
  opensAt = Number.NEGATIVE_INFINITY
  /** Waiters are not checked for passed deadlines before this time. */
  expiresAt = Number.POSITIVE_INFINITY
  private readonly again = new Line<Ticket>()
  private readonly fresh = new Line<Ticket>()
  private room = Number.POSITIVE_INFINITY
  private gone = 0
  /** How many times the gate was closed: an attempt that started before does not count as one of the few. */
  private round = 0

  /** The next waiter. */
  get head(): Ticket | undefined {
    return this.again.head ?? this.fresh.head
  }

  /** When the gate lets a waiter through by time alone; infinity if it does not. */
  get at(): number {
    return this.gone < this.room ? this.opensAt : Number.POSITIVE_INFINITY
  }

  wait(ticket: Ticket): void {
    this.lineOf(ticket).add(ticket)
    this.expiresAt = Math.min(this.expiresAt, ticket.deadline)
  }

  /** Removes a waiter whose wait is over. */
  remove(ticket: Ticket): void {
    this.lineOf(ticket).remove(ticket)
    if (this.head === undefined) this.expiresAt = Number.POSITIVE_INFINITY
  }

  /**
   * The waiters whose deadline is not after `time`. It scans all waiters; `pause` is the minimum number of milliseconds
   * until the next scan.
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

  /** Ends an attempt: whether it got a response, and the concurrency limit of the client. */
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
