import { createHash } from "node:crypto"

/**
 * In which line a value was seen first. Keeps 64 bits of a hash and the line for each, 12 bytes in all, so that 200,000
 * values take 6 MiB; two values of one file have the same 64 bits with a chance of 1 in 10⁹.
 */
export class Seen {
  #high = new Uint32Array(1024)
  #low = new Uint32Array(1024)
  #line = new Uint32Array(1024)
  #size = 0

  /** The line in which the value was seen before, or `undefined` and it is seen in this one from now on. */
  add(value: string, line: number): number | undefined {
    if (this.#size * 2 >= this.#line.length) this.#grow()
    const digest = createHash("sha1").update(value).digest()
    return this.#put(digest.readUInt32LE(0), digest.readUInt32LE(4), line)
  }

  #put(high: number, low: number, line: number): number | undefined {
    const mask = this.#line.length - 1
    let at = low & mask
    for (; this.#line[at] !== 0; at = (at + 1) & mask) {
      if (this.#high[at] === high && this.#low[at] === low) return this.#line[at]
    }
    this.#high[at] = high
    this.#low[at] = low
    this.#line[at] = line
    this.#size++
    return undefined
  }

  #grow(): void {
    const [high, low, line] = [this.#high, this.#low, this.#line]
    const length = line.length * 2
    this.#high = new Uint32Array(length)
    this.#low = new Uint32Array(length)
    this.#line = new Uint32Array(length)
    this.#size = 0
    for (const [at, first] of line.entries()) if (first !== 0) this.#put(high[at] ?? 0, low[at] ?? 0, first)
  }
}
