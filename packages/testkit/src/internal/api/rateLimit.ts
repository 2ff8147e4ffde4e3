import * as Duration from "effect/Duration"
import type { Credential } from "./credential.js"

/**
 * How many calls the deployment accepts within a period; further calls get a 429 with `Retry-After` until its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateLimit {
  /** How many calls, at least 1. */
  readonly calls: number
  /** The length of the period, by the `Clock`; it begins with the first call. */
  readonly per: Duration.DurationInput
  /** Whether calls are counted per credential, or for the whole deployment. Default "credential". */
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

  /** Removes all counts. */
  clear(): void {
    this.#windows.clear()
  }

  /** Counts a call; returns the seconds to wait, rounded up, if it is over the limit. */
  take(credential: Credential, now: number): number | undefined {
    const key = this.limit.by === "deployment" ? "" : keyOf(credential)
    const window = this.#windows.get(key)
    if (window === undefined || now >= window.ends) {
      // Windows that have ended are removed.
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
