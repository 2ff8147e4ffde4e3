import * as Duration from "effect/Duration"
import type { Credential } from "./credential.js"

/**
 * How many calls the deployment takes within a time; the next ones are answered 429 with `Retry-After` until it is over.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimit {
  /** How many calls, at least 1. */
  readonly calls: number
  /** Within which time, by the `Clock`; it begins with the first call. */
  readonly per: Duration.DurationInput
  /** Whether each credential is counted for itself, or the deployment as a whole. Default "credential". */
  readonly by?: "credential" | "deployment"
}

const keyOf = (credential: Credential): string => {
  switch (credential._tag) {
    case "ApiKey":
    case "Several":
      return `key ${credential.key}`
    case "Bearer":
      return `bearer ${credential.token}`
    case "Basic":
      return `basic ${credential.username}`
    default:
      return credential._tag
  }
}

/** Counts calls within windows of time. */
export class RateLimiter {
  readonly #windows = new Map<string, { readonly ends: number; calls: number }>()
  readonly #millis: number

  constructor(readonly limit: RateLimit) {
    this.#millis = Duration.toMillis(limit.per)
  }

  /** Forgets all calls. */
  clear(): void {
    this.#windows.clear()
  }

  /** Counts a call; gives the seconds to wait, rounded up, when it is one too many. */
  take(credential: Credential, now: number): number | undefined {
    const key = this.limit.by === "deployment" ? "" : keyOf(credential)
    const window = this.#windows.get(key)
    if (window === undefined || now >= window.ends) {
      // Windows that are over are of no use to anybody.
      for (const [other, { ends }] of this.#windows) if (now >= ends) this.#windows.delete(other)
      this.#windows.set(key, { ends: now + this.#millis, calls: 1 })
      return undefined
    }
    if (window.calls < this.limit.calls) {
      window.calls++
      return undefined
    }
    return Math.max(1, Math.ceil((window.ends - now) / 1000))
  }
}
