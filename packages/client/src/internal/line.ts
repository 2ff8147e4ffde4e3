/**
 * First in, first out; leaving from anywhere costs the same as leaving from the front. A `Set` keeps the order, but V8
 * leaves holes at its front, and looking for the first one from there gets slower with every one that left: the iterator
 * that is kept has passed them.
 */
export class Line<A extends object> {
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
    // An iterator that has come to the end stays there.
    this.rest = this.all.values()
    this.head = this.rest.next().value
  }
}
