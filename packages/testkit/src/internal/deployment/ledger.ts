import { type Operation, UserId } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Credential } from "./credential.js"
import type { Entry, Outcome } from "./journalEntry.js"
import { redact } from "./requestBody.js"

/** What is known of a call when it ends. */
export interface CallRecord {
  readonly row: Operation | undefined
  readonly method: string
  readonly target: string
  readonly credential: Credential
  readonly parameters: Readonly<Record<string, string>>
  readonly query: string
  readonly body: unknown
  readonly outcome: Outcome
  readonly now: number
}

const retryable: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

const mayBeRepeated = (outcome: Outcome): boolean => outcome.status === undefined || retryable.has(outcome.status)

const credentialKind = ({ row, credential }: CallRecord): Entry["credential"] =>
  row?.credential === "scopedToken" && credential._tag === "ApiKey" ? "ScopedToken" : credential._tag

const isUserId = Schema.is(UserId)

/** The calls of a deployment, the newest `capacity` of them. */
export class Ledger {
  // A ring, so that forgetting the oldest costs nothing. (Where nothing is kept, `% 0` is no index.)
  #entries: Array<Entry> = []
  #count = 0
  // How often each request has come whose last response is one that clients retry; empty where no fault has struck.
  readonly #repeated = new Map<string, number>()

  constructor(readonly capacity: number) {}

  get entries(): ReadonlyArray<Entry> {
    const oldest = this.#count % this.capacity
    return [...this.#entries.slice(oldest), ...this.#entries.slice(0, oldest)]
  }

  /** All calls since the last `clear`, those that have been forgotten included. */
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
      operation: row?.name,
      method: record.method,
      path: row?.path ?? record.target,
      userId: isUserId(userId) ? userId : undefined,
      credential: credentialKind(record),
      input: row === undefined || row.request === null ? undefined : redact(row, body, Redacted.make),
      outcome,
      attempt: this.#attempt(record),
      time: DateTime.unsafeMake(record.now),
    }
  }

  #attempt(record: CallRecord): number {
    const again = mayBeRepeated(record.outcome)
    if (!again && this.#repeated.size === 0) return 1
    // Only what all three faces know: a call that is not sent over HTTP has no target.
    const what = record.row === undefined ? record.target : [record.row.name, record.parameters, record.query]
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
