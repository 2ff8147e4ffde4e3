/** Somebody in a line; `before` and `after` belong to the line. */
export interface Entry<E> {
  /** Goes before everybody who does not. */
  readonly first: boolean
  before: E | undefined
  after: E | undefined
}

/**
 * First in, first out; leaving from anywhere costs the same as leaving from the front. (A `Set` would do, but V8 leaves
 * holes at its front, and finding the first one gets slower with every one that left.)
 */
class Fifo<E extends Entry<E>> {
  head: E | undefined
  private tail: E | undefined

  add(entry: E): void {
    entry.before = this.tail
    if (this.tail === undefined) this.head = entry
    else this.tail.after = entry
    this.tail = entry
  }

  remove(entry: E): void {
    if (entry.before === undefined) this.head = entry.after
    else entry.before.after = entry.after
    if (entry.after === undefined) this.tail = entry.before
    else entry.after.before = entry.before
    entry.before = undefined
    entry.after = undefined
  }
}

/** First come, first served, where some come before the others. */
export class Line<E extends Entry<E>> {
  private readonly early = new Fifo<E>()
  private readonly rest = new Fifo<E>()

  get head(): E | undefined {
    return this.early.head ?? this.rest.head
  }

  add(entry: E): void {
    this.of(entry).add(entry)
  }

  remove(entry: E): void {
    this.of(entry).remove(entry)
  }

  *[Symbol.iterator](): Iterator<E> {
    for (const fifo of [this.early, this.rest]) {
      for (let entry = fifo.head; entry !== undefined; ) {
        // The one that is visited may leave.
        const after: E | undefined = entry.after
        yield entry
        entry = after
      }
    }
  }

  private of(entry: E): Fifo<E> {
    return entry.first ? this.early : this.rest
  }
}
