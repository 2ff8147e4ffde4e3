/**
 * A FIFO queue; removal from any position costs the same as from the front. A `Set` keeps the order, but V8 leaves
 * holes at its front, so finding the first element gets slower with every removal. The iterator kept here has passed
 * the holes.
 */
export class Queue<A extends object> {
  head: A | undefined
  private readonly all = new Set<A>()
  private rest = this.all.values()

  add(one: A): void {
    this.all.add(one)
    if (this.head === undefined) this.advance()
  }

  remove(one: A): void {
    this.all.delete(one)
    if (one === this.head) this.advance()
  }

  [Symbol.iterator](): Iterator<A> {
    return this.all.values()
  }

  private advance(): void {
    this.head = this.rest.next().value
    if (this.head !== undefined) return
    // An exhausted iterator stays exhausted.
    this.rest = this.all.values()
    this.head = this.rest.next().value
  }
}
