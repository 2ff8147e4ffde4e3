import { type Entry, Line } from "./line.js"

/** How many go first when a gate has opened. */
export const few = 4

/** What a call has of the limiter: at most one attempt that waits or is under way. */
export interface Turn extends Entry<Turn> {
  readonly gate: Gate
  /** Calls are counted: the smaller, the earlier. */
  readonly order: number
  /** Set with the first attempt: a call that was sent once goes before those that were not. */
  first: boolean
  state: "Idle" | "Waiting" | "UnderWay"
  /** When the call has to be over, in milliseconds of the monotonic clock. */
  deadline: number
  /** The gate's round in which it was let in. */
  round: number
  /** Called when the waiting is over: it is under way, or the gate opens after the deadline. */
  settle: (paused: boolean) => void
  /** Milliseconds of the monotonic clock. */
  now(): number
}

/**
 * Holds back the attempts of one credential while the service wants none. When the time is over a few may go, and for each
 * that is answered one more; once nobody is left waiting, all may.
 */
export class Gate {
  readonly line = new Line<Turn>()
  /** When it opens, in milliseconds of the monotonic clock. */
  opensAt = Number.NEGATIVE_INFINITY
  /** No deadline in the line is earlier. */
  private earliest = Number.POSITIVE_INFINITY
  private room = Number.POSITIVE_INFINITY
  private gone = 0
  /** Counts the times that it was closed: who went before that is not one of the few. */
  private round = 0

  /** Whether everybody may go at once. */
  get free(): boolean {
    return this.room === Number.POSITIVE_INFINITY
  }

  /** When it lets somebody in by time alone. */
  get at(): number {
    return this.gone < this.room ? this.opensAt : Number.POSITIVE_INFINITY
  }

  /** Gives those who cannot wait so long. */
  close(until: number): ReadonlyArray<Turn> {
    this.opensAt = Math.max(this.opensAt, until)
    this.room = few
    this.gone = 0
    this.round++
    if (this.opensAt < this.earliest) return []
    const late = [...this.line].filter((turn) => turn.deadline <= this.opensAt)
    this.earliest = Number.POSITIVE_INFINITY
    for (const turn of this.line) this.earliest = Math.min(this.earliest, turn.deadline)
    return late
  }

  wait(turn: Turn): void {
    this.line.add(turn)
    this.earliest = Math.min(this.earliest, turn.deadline)
  }

  start(turn: Turn): void {
    this.gone++
    turn.round = this.round
  }

  /** The attempt is over: whether it was answered, and how many the client lets go at once anyway. */
  end(turn: Turn, answered: boolean, most: number): void {
    if (turn.round !== this.round) return
    this.gone--
    if (!answered) return
    this.room++
    if (this.room >= most || this.line.head === undefined) this.room = Number.POSITIVE_INFINITY
  }
}
