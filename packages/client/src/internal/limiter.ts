import { Gate, type Turn } from "./gate.js"
import type { Pace } from "./pace.js"

/**
 * Who may send when: first come, first served, bounded in number, in pace, and by gates that the service closes. It has no
 * clock and no fibers: time goes in as a number, and those whose turn it is are told so, one for each place that is free.
 */
export class Limiter {
  waiting = 0
  underWay = 0
  /** One for the client's credential, one for all scoped tokens, and one for each credential of a caller's own. */
  readonly session = new Gate()
  readonly scoped = new Gate()
  private readonly others = new WeakMap<object, Gate>()
  /** The gates where somebody waits. */
  private readonly busy = new Set<Gate>()
  private everybodyUntil = Number.NEGATIVE_INFINITY

  constructor(
    private readonly permits: number,
    private readonly pace: Pace | undefined,
  ) {}

  gateOf(credentials: object): Gate {
    const gate = this.others.get(credentials) ?? new Gate()
    this.others.set(credentials, gate)
    return gate
  }

  /** Starts an attempt at once where there is nothing to wait for, ever. */
  startFreely(turn: Turn): boolean {
    const { gate } = turn
    if (this.everybodyUntil > gate.opensAt) gate.close(this.everybodyUntil)
    const free = this.permits === Number.POSITIVE_INFINITY && this.pace === undefined && gate.free
    if (free) this.start(turn)
    return free
  }

  /** `settle` is called when the turn has come, which may be at once. */
  enter(turn: Turn, now: number): void {
    turn.state = "Waiting"
    this.waiting++
    turn.gate.wait(turn)
    this.busy.add(turn.gate)
    this.serve(now)
  }

  /** The attempt is over, or nobody waits for it any more; does nothing where there is none. */
  leave(turn: Turn, answered: boolean): void {
    if (turn.state === "Waiting") {
      this.stopWaiting(turn)
    } else if (turn.state === "UnderWay") {
      this.underWay--
      turn.gate.end(turn, answered, this.permits)
    }
    turn.state = "Idle"
    turn.first = true
    if (this.waiting > 0) this.serve(turn.now())
  }

  /** Nobody starts before `until`, with any credential. */
  closeAll(until: number): void {
    this.everybodyUntil = Math.max(this.everybodyUntil, until)
    for (const gate of [this.session, this.scoped, ...this.busy]) this.close(gate, until)
  }

  /** Nobody of this gate starts before `until`. */
  close(gate: Gate, until: number): void {
    for (const turn of gate.close(until)) {
      this.stopWaiting(turn)
      turn.state = "Idle"
      turn.settle(true)
    }
  }

  /** Lets in whoever may start. */
  serve(now: number): void {
    while (this.underWay < this.permits) {
      const turn = this.next(now)
      if (turn === undefined || (this.pace !== undefined && this.pace.at > now)) return
      this.pace?.start(now)
      this.stopWaiting(turn)
      this.start(turn)
      turn.settle(false)
    }
  }

  /** When time alone lets somebody in, if it does. */
  get at(): number {
    if (this.waiting === 0 || this.underWay >= this.permits) return Number.POSITIVE_INFINITY
    const open = Array.from(this.busy, (gate) => gate.at)
    return Math.max(Math.min(...open), this.pace?.at ?? Number.NEGATIVE_INFINITY)
  }

  private stopWaiting(turn: Turn): void {
    this.waiting--
    turn.gate.line.remove(turn)
    if (turn.gate.line.head === undefined) this.busy.delete(turn.gate)
  }

  private start(turn: Turn): void {
    this.underWay++
    turn.state = "UnderWay"
    turn.gate.start(turn)
  }

  /** The first in line of those whose gate is open. */
  private next(now: number): Turn | undefined {
    let first: Turn | undefined
    for (const { at, line } of this.busy) {
      const head = at <= now ? line.head : undefined
      if (head !== undefined && (first === undefined || head.order < first.order)) first = head
    }
    return first
  }
}
