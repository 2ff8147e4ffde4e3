import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Call } from "../call.js"
import { type Failure, transport } from "../failure/failure.js"
import * as Effect3 from "../runtime/effect3.js"
import { memoised } from "../runtime/memoised.js"
import * as Telemetry from "../telemetry/metrics.js"
import { Gate, Ticket } from "./gate.js"
import type { Pace } from "./pace.js"

export interface Options {
  readonly concurrency: number
  readonly pace: Pace | undefined
  /** Whether a pause that the service asks for is observed. */
  readonly pause: boolean
}

/** At most this many waiters per millisecond are checked for a passed deadline: with more, it is noticed later. */
const maxScannedPerMilli = 1000

const paused = (retryAfter: number): Failure => transport("Paused", false, { retryAfter })

const late = transport("Deadline", false)

/**
 * Decides which attempt may start when: first come, first served, limited in number, by a pace, and by gates that the
 * service closes. A wait is an effect, each waiter is resumed once, and one timer serves all waiters.
 *
 * Pauses and the pace are measured by one clock, that of the client. A caller that has another one (a test clock, say)
 * waits for them too, but at most until the deadline by its own clock.
 */
export class Limiter {
  waiting = 0
  inFlight = 0
  /** One gate for the client's credential, one for all scoped tokens, and one for each credential of a caller. */
  readonly session = new Gate()
  readonly scoped = new Gate()
  private readonly gateOf = memoised((_: object) => new Gate(), new WeakMap())
  /** The gates with waiters. */
  private readonly busy = new Set<Gate>()
  private everybodyUntil = Number.NEGATIVE_INFINITY
  private calls = 0
  private timerAt = Number.POSITIVE_INFINITY
  private cancelTimer: (() => void) | undefined

  constructor(
    readonly options: Options,
    private readonly clock: Clock.Clock,
  ) {}

  /** The current load; `pausedUntil` in milliseconds since 1970. */
  status(retryBudget: number) {
    const { clock, inFlight, waiting } = this
    const rest = Math.max(this.session.opensAt, this.everybodyUntil) - Effect3.monotonicMillis(clock)
    const pausedUntil = rest > 0 ? Effect3.epochMillis(clock) + rest : undefined
    return { waiting, inFlight, pausedUntil, retryBudget }
  }

  /**
   * Creates the ticket of a call, with the caller's own credentials if any. The caller calls `release` when the call
   * ends.
   */
  ticket(call: Pick<Call, "token">, credentials: object | undefined, clock: Clock.Clock): Ticket {
    const own = credentials === undefined ? this.session : this.gateOf(credentials)
    return new Ticket(++this.calls, call.token === undefined ? own : this.scoped, clock)
  }

  /**
   * Starts an attempt. Returns `undefined` if it starts at once, otherwise an effect that succeeds with the
   * milliseconds waited. The effect fails if the attempt cannot start within `remaining` milliseconds, at once if a
   * pause ends later.
   */
  acquire(ticket: Ticket, remaining: number): Effect.Effect<number, Failure> | undefined {
    const { clock, gate } = ticket
    const now = Effect3.monotonicMillis(this.clock)
    if (this.everybodyUntil > Math.max(gate.opensAt, now)) gate.close(this.everybodyUntil)
    if (this.waiting === 0 && this.opensAt(gate) <= now) {
      this.start(ticket, now)
      return undefined
    }
    return Effect.async<number, Failure>((resume) => {
      const isForeign = clock !== this.clock
      const asked = isForeign ? Effect3.monotonicMillis(clock) : now
      // The fiber may run some time after it was resumed.
      const start = Effect.suspend(() => {
        const waited = Effect3.monotonicMillis(clock) - asked
        return waited < remaining ? Effect.succeed(waited) : Effect.fail(late)
      })
      if (gate.opensAt >= now + remaining) return resume(Effect.fail(paused(gate.opensAt - now)))
      const cancel = isForeign ? Effect3.after(clock, remaining, () => this.reject([ticket], late)) : undefined
      ticket.deadline = isForeign ? Number.POSITIVE_INFINITY : now + remaining
      ticket.settle = (failure) => {
        cancel?.()
        resume(failure === undefined ? start : Effect.fail(failure))
      }
      ticket.state = "Waiting"
      this.count("waiting", 1)
      this.busy.add(gate)
      gate.wait(ticket)
      this.dispatch()
      return cancel && Effect.sync(cancel)
    })
  }

  /** Ends the attempt; `responded` is whether the service has responded. Does nothing if there is no attempt. */
  release(ticket: Ticket, responded: boolean): void {
    if (ticket.state === "Idle") return
    if (ticket.state === "Waiting") this.stopWaiting(ticket)
    else {
      this.count("inFlight", -1)
      ticket.gate.end(ticket, responded, this.options.concurrency)
      ticket.isRetry = true
    }
    ticket.state = "Idle"
    this.dispatch()
  }

  /** Sends nothing for `millis` milliseconds: with the ticket's credential after a 429, with any after a 503. */
  pause({ gate }: Ticket, failure: Failure, millis: number): void {
    const now = Effect3.monotonicMillis(this.clock)
    const everybody = failure._tag === "Status" && failure.status === 503
    if (everybody) this.everybodyUntil = Math.max(this.everybodyUntil, now + millis)
    for (const one of everybody ? new Set([gate, ...this.busy]) : [gate]) {
      one.close(now + millis)
      this.reject(one.expired(one.opensAt, 0), paused(one.opensAt - now))
    }
    Telemetry.pausedUntil.set((Effect3.epochMillis(this.clock) + millis) / 1000)
    this.dispatch()
  }

  /** Starts the attempts that may start, fails those past their deadline, and sets the timer for the next of either. */
  dispatch(): void {
    if (this.waiting > 0) {
      const now = Effect3.monotonicMillis(this.clock)
      for (let next = this.next(now); next !== undefined; next = this.next(now)) {
        if (next.deadline <= now) this.reject([next], late)
        else {
          this.stopWaiting(next)
          this.start(next, now)
          next.settle()
        }
      }
      const pause = Math.floor(this.waiting / maxScannedPerMilli)
      for (const gate of this.busy) this.reject(gate.expired(now, pause), late)
    }
    let at = Number.POSITIVE_INFINITY
    for (const gate of this.busy) at = Math.min(at, this.opensAt(gate), gate.expiresAt)
    if (at === this.timerAt) return
    this.cancelTimer?.()
    const unset = () => {
      this.timerAt = Number.POSITIVE_INFINITY
    }
    try {
      this.timerAt = at
      this.cancelTimer = Effect3.after(this.clock, Math.ceil(at - Effect3.monotonicMillis(this.clock)), () => {
        unset()
        this.dispatch()
      })
    } catch (defect) {
      // The clock is the user's: without a timer, the next who comes sets one.
      unset()
      throw defect
    }
  }

  /** When this gate lets an attempt through by time alone; infinity if it does not. */
  private opensAt(gate: Gate): number {
    return this.inFlight < this.options.concurrency
      ? Math.max(gate.at, this.options.pace?.at ?? Number.NEGATIVE_INFINITY)
      : Number.POSITIVE_INFINITY
  }

  /** The first waiter of the open gates. */
  private next(now: number): Ticket | undefined {
    let first: Ticket | undefined
    for (const gate of this.busy) {
      const head = this.opensAt(gate) <= now ? gate.head : undefined
      if (head !== undefined && (first === undefined || head.order < first.order)) first = head
    }
    return first
  }

  private start(ticket: Ticket, now: number): void {
    this.count("inFlight", 1)
    this.options.pace?.start(now)
    ticket.state = "InFlight"
    ticket.gate.start(ticket)
  }

  private stopWaiting(ticket: Ticket): void {
    this.count("waiting", -1)
    ticket.gate.remove(ticket)
    if (ticket.gate.head === undefined) this.busy.delete(ticket.gate)
  }

  private reject(tickets: ReadonlyArray<Ticket>, failure: Failure): void {
    for (const ticket of tickets) {
      this.stopWaiting(ticket)
      ticket.state = "Idle"
      ticket.settle(failure)
    }
  }

  private count(what: "waiting" | "inFlight", change: 1 | -1): void {
    this[what] += change
    const gauge = what === "waiting" ? Telemetry.waiting : Telemetry.inFlight
    gauge.add(change)
  }
}
