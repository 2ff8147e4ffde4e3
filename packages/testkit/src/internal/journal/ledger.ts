import { type Operation, qualifiedName, UserId } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Request } from "../api/perform.js"
import { redact } from "../api/requestBody.js"
import type { Entry, Outcome } from "./entry.js"

/** The data of a call at its end. */
export interface CallRecord extends Omit<Request, "row" | "endpoint"> {
  readonly row: Operation | undefined
  readonly method: string
  readonly target: string
  readonly outcome: Outcome
  readonly now: number
}

const retryable: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

const mayBeRepeated = (outcome: Outcome): boolean => outcome.status === undefined || retryable.has(outcome.status)

const credentialKind = ({ row, credential }: CallRecord): Entry["credential"] =>
  row?.credential === "scopedToken" && credential._tag === "ApiKey" ? "ScopedToken" : credential._tag

const isUserId = Schema.is(UserId)

/** The newest `capacity` calls of a deployment. */
export class Ledger {
  // A ring buffer, so that dropping the oldest call costs nothing. (With a capacity of 0, `% 0` is no index.)
  #entries: Array<Entry> = []
  #count = 0
  // How often each request arrived whose last response is one that clients retry; empty if no fault has struck.
  readonly #repeated = new Map<string, number>()

  constructor(readonly capacity: number) {}

  get entries(): ReadonlyArray<Entry> {
    const oldest = this.#count % this.capacity
    return [...this.#entries.slice(oldest), ...this.#entries.slice(0, oldest)]
  }

  /** The number of calls since the last `clear`, including those that were dropped. */
  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#entries = []
    this.#count = 0
    this.#repeated.clear()
  }

  add(record: CallRecord): void {
    const { row, parameters, body, outcome } = record
    const userId = parameters.user_id
    this.#entries[this.#count++ % this.capacity] = {
      operation: row === undefined ? undefined : qualifiedName(row),
      method: record.method,
      path: row?.path ?? record.target,
      userId: isUserId(userId) ? userId : undefined,
      credential: credentialKind(record),
      query: record.query === "" ? undefined : Object.fromEntries(new URLSearchParams(record.query)),
      ...redact(row, body, Redacted.make),
      outcome,
      attempt: this.#attempt(record),
      time: DateTime.unsafeMake(record.now),
    }
  }

  #attempt(record: CallRecord): number {
    const again = mayBeRepeated(record.outcome)
    if (!again && this.#repeated.size === 0) return 1
    // Only what all three interfaces know: a call that is not sent over HTTP has no target.
    const what = record.row === undefined ? record.target : [qualifiedName(record.row), record.parameters, record.query]
    const fingerprint = JSON.stringify([what, record.credential, record.body])
    const attempt = (this.#repeated.get(fingerprint) ?? 0) + 1
    this.#repeated.delete(fingerprint)
    if (again) this.#repeated.set(fingerprint, attempt)
    for (const oldest of this.#repeated.keys()) {
      if (this.#repeated.size <= this.capacity) break
      this.#repeated.delete(oldest)
    }
    return attempt
  }
}
