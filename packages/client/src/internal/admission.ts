import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Call } from "./call.js"
import * as Effect3 from "./effect3.js"
import { type Failure, transport } from "./failure.js"
import type { Gate, Turn } from "./gate.js"
import { Limiter } from "./limiter.js"
import type { Pace } from "./pace.js"
import * as Telemetry from "./telemetry.js"

/**
 * How busy a client is; reading it costs next to nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** Attempts that wait for their turn: for a place, for the pace, or for the end of a pause. */
  readonly waiting: number
  /** Attempts that have begun and not ended. */
  readonly underWay: number
  /** Until when nothing is sent with the client's credential, in milliseconds since 1970, if the service asked for it. */
  readonly pausedUntil: number | undefined
  /** How many retries may be spent; see `TileDBClient.Options`. */
  readonly retryBudget: number
}

/** One call's place in the limiter, and the timer of its deadline while it waits. */
export class Ticket implements Turn {
  first = false
  state: Turn["state"] = "Idle"
  deadline = 0
  round = 0
  before: Turn | undefined
  after: Turn | undefined
  settle: (paused: boolean) => void = () => {}
  cancel: (() => void) | undefined

  constructor(
    readonly order: number,
    readonly gate: Gate,
    readonly clock: Clock.Clock,
  ) {}

  now(): number {
    return Effect3.monotonicMillis(this.clock)
  }
}

export interface Options {
  readonly concurrency: number
  readonly pace: Pace | undefined
  readonly pause: boolean
}

/** The limiter of one client in real time: waits are effects, and one timer lets in those who wait for time alone. */
export class Admission {
  private readonly limiter: Limiter
  private calls = 0
  private timerAt = Number.POSITIVE_INFINITY
  private cancelTimer: (() => void) | undefined
  private readonly reported = { waiting: 0, underWay: 0 }

  constructor(private readonly options: Options) {
    this.limiter = new Limiter(options.concurrency, options.pace)
  }

  status(clock: Clock.Clock, retryBudget: number): Status {
    const { session, underWay, waiting } = this.limiter
    const rest = session.opensAt - Effect3.monotonicMillis(clock)
    const pausedUntil = rest > 0 ? clock.unsafeCurrentTimeMillis() + rest : undefined
    return { waiting, underWay, pausedUntil, retryBudget }
  }

  /** A place for one call, with credentials of the caller's own if there are any. Whoever takes one calls `leave` when the call is over, however it ends. */
  ticket(call: Call, credentials: object | undefined, clock: Clock.Clock): Ticket {
    const { limiter } = this
    const own = credentials === undefined ? limiter.session : limiter.gateOf(credentials)
    return new Ticket(++this.calls, call.token === undefined ? own : limiter.scoped, clock)
  }

  /**
   * Starts an attempt: at once (`undefined`), or when its turn has come; then the effect gives the milliseconds waited. It
   * fails when the turn does not come within `remaining` milliseconds, and at once when a pause ends later than that.
   */
  enter(ticket: Ticket, remaining: number): Effect.Effect<number, Failure> | undefined {
    if (this.limiter.startFreely(ticket)) {
      this.report()
      return undefined
    }
    return Effect.async<number, Failure>((resume) => {
      const entered = ticket.now()
      const paused = () =>
        resume(Effect.fail(transport("Paused", false, { retryAfter: ticket.gate.opensAt - ticket.now() })))
      if (ticket.gate.opensAt - entered >= remaining) return paused()
      ticket.deadline = entered + remaining
      ticket.settle = (late) => {
        ticket.cancel?.()
        const waited = ticket.now() - entered
        if (late) paused()
        else resume(waited < remaining ? Effect.succeed(waited) : Effect.fail(transport("Deadline", false)))
      }
      this.limiter.enter(ticket, entered)
      if (ticket.state === "Waiting") {
        ticket.cancel = Effect3.after(ticket.clock, remaining, () => {
          this.leave(ticket, false)
          resume(Effect.fail(transport("Deadline", false)))
        })
      }
      this.schedule(ticket.clock)
    })
  }

  /** The attempt is over, `answered` where the service has answered it; does nothing where there is none. */
  leave(ticket: Ticket, answered: boolean): void {
    if (ticket.state === "Idle") return
    ticket.cancel?.()
    this.limiter.leave(ticket, answered)
    this.schedule(ticket.clock)
  }

  /** Whether a service that asks for it gets a pause. */
  get pauses(): boolean {
    return this.options.pause
  }

  /** Nothing is sent for so many milliseconds: with the ticket's credential after 429, with any after 503. */
  pause(ticket: Ticket, failure: Failure, millis: number): void {
    const until = ticket.now() + millis
    if (failure._tag === "Status" && failure.status === 503) this.limiter.closeAll(until)
    else this.limiter.close(ticket.gate, until)
    Telemetry.pausedUntil.set((ticket.clock.unsafeCurrentTimeMillis() + millis) / 1000)
    this.schedule(ticket.clock)
  }

  private schedule(clock: Clock.Clock): void {
    this.report()
    const { at } = this.limiter
    if (at === this.timerAt) return
    this.cancelTimer?.()
    this.timerAt = at
    if (at === Number.POSITIVE_INFINITY) return
    this.cancelTimer = Effect3.after(clock, Math.ceil(at - Effect3.monotonicMillis(clock)), () => {
      this.timerAt = Number.POSITIVE_INFINITY
      this.limiter.serve(Effect3.monotonicMillis(clock))
      this.schedule(clock)
    })
  }

  private report(): void {
    const { reported } = this
    const { underWay, waiting } = this.limiter
    if (underWay !== reported.underWay) Telemetry.underWay.add(underWay - reported.underWay)
    if (waiting !== reported.waiting) Telemetry.waiting.add(waiting - reported.waiting)
    reported.underWay = underWay
    reported.waiting = waiting
  }
}
