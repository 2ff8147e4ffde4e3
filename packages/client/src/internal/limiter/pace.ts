/** A timer that fires up to this many milliseconds late does not slow the pace down. */
const tolerance = 20

/**
 * Limits the starts within a period, evenly spread: one every `per / calls` milliseconds, and at most `calls` within
 * any `per`.
 */
export class Pace {
  /** The last starts, at most `calls`, in a ring buffer. */
  private readonly starts: Array<number> = []
  private next = 0
  private slot = Number.NEGATIVE_INFINITY

  constructor(
    private readonly calls: number,
    private readonly per: number,
  ) {}

  /** When the next attempt may start. */
  get at(): number {
    return Math.max(this.slot, (this.starts[this.next] ?? Number.NEGATIVE_INFINITY) + this.per)
  }

  start(now: number): void {
    this.starts[this.next] = now
    this.next = (this.next + 1) % this.calls
    this.slot = (now - this.slot <= tolerance ? this.slot : now) + this.per / this.calls
  }
}
