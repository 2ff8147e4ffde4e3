import type * as Clock from "effect/Clock"
import type { Failure } from "../failure/failure.js"
import { Queue } from "./queue.js"

/** How many attempts may start first when a gate has opened. */
export const initialWindow = 4

/** The state of a call in the limiter: at most one attempt that waits or is in flight. */
export class Ticket {
  state: "Idle" | "Waiting" | "InFlight" = "Idle"
  /** Whether the call has made an attempt: its retries start before the first attempts of other calls. */
  isRetry = false
  /** When the wait ends at the latest, in milliseconds of the limiter's clock. */
  deadline = Number.POSITIVE_INFINITY
  /** The epoch of the gate in which the attempt started. */
  epoch = 0
  /** Ends the wait: the attempt may start, or it fails with `failure`. */
  settle: (failure?: Failure) => void = () => {}

  constructor(
    /** The sequence number of the call: the lower, the earlier. */
    readonly order: number,
    readonly gate: Gate,
    /** The clock of the caller. */
    readonly clock: Clock.Clock,
  ) {}
}

/**
 * Holds back the attempts of one credential during a pause of the service. After the pause a window of attempts may be
 * in flight, one more for each that gets a response; once nothing waits, there is no window.
 */
export class Gate {
  /** When the gate opens, in milliseconds of the limiter's clock. */
  opensAt = Number.NEGATIVE_INFINITY
  /** Waiters are not checked for passed deadlines before this time. */
  expiresAt = Number.POSITIVE_INFINITY
  private readonly retries = new Queue<Ticket>()
  private readonly firsts = new Queue<Ticket>()
  private window = Number.POSITIVE_INFINITY
  /** The attempts in flight that started in this epoch. */
  private inFlight = 0
  /** How many times the gate was closed: attempts of earlier epochs do not count in the window. */
  private epoch = 0

  /** The next waiter. */
  get head(): Ticket | undefined {
    return this.retries.head ?? this.firsts.head
  }

  /** When the gate lets a waiter through by time alone; infinity if it does not. */
  get at(): number {
    return this.inFlight < this.window ? this.opensAt : Number.POSITIVE_INFINITY
  }

  wait(ticket: Ticket): void {
    this.queueOf(ticket).add(ticket)
    this.expiresAt = Math.min(this.expiresAt, ticket.deadline)
  }

  /** Removes a waiter whose wait is over. */
  remove(ticket: Ticket): void {
    this.queueOf(ticket).remove(ticket)
    if (this.head === undefined) this.expiresAt = Number.POSITIVE_INFINITY
  }

  /**
   * The waiters whose deadline is not after `time`. It scans all waiters; `pause` is the minimum number of milliseconds
   * until the next scan.
   */
  expired(time: number, pause: number): ReadonlyArray<Ticket> {
    if (time < this.expiresAt) return []
    const expired: Array<Ticket> = []
    let earliest = Number.POSITIVE_INFINITY
    for (const queue of [this.retries, this.firsts]) {
      for (const ticket of queue) {
        if (ticket.deadline <= time) expired.push(ticket)
        else earliest = Math.min(earliest, ticket.deadline)
      }
    }
    this.expiresAt = Math.max(earliest, time + pause)
    return expired
  }

  close(until: number): void {
    this.opensAt = Math.max(this.opensAt, until)
    this.window = initialWindow
    this.inFlight = 0
    this.epoch++
  }

  start(ticket: Ticket): void {
    this.inFlight++
    ticket.epoch = this.epoch
  }

  /** Ends an attempt: whether it got a response, and the concurrency limit of the client. */
  end(ticket: Ticket, responded: boolean, concurrency: number): void {
    if (ticket.epoch !== this.epoch) return
    this.inFlight--
    if (!responded) return
    this.window++
    if (this.window >= concurrency || this.head === undefined) this.window = Number.POSITIVE_INFINITY
  }

  private queueOf(ticket: Ticket): Queue<Ticket> {
    return ticket.isRetry ? this.retries : this.firsts
  }
}
