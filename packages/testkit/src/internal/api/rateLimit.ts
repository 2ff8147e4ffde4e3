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
  readonly by?: "credential" | "deployment" | undefined
}

/** Whose calls are counted together, whatever the password and whatever else is sent beside a key. */
const keyOf = (credential: Credential): string =>
  "key" in credential ? `key ${credential.key}` : JSON.stringify({ ...credential, password: undefined })

/** Counts calls within windows of time. */
export class RateLimiter {
  readonly #windows = new Map<string, { readonly ends: number; calls: number }>()

  constructor(readonly limit: RateLimit) {}

  /** Removes all counts. */
  clear(): void {
    this.#windows.clear()
  }

  /** Counts a call; returns the seconds to wait, rounded up, if it is over the limit. */
  take(credential: Credential, now: number): number | undefined {
    for (const [other, { ends }] of this.#windows) if (now >= ends) this.#windows.delete(other)
    const key = this.limit.by === "deployment" ? "" : keyOf(credential)
    const window = this.#windows.get(key) ?? { ends: now + Duration.toMillis(this.limit.per), calls: 0 }
    this.#windows.set(key, window)
    return window.calls++ < this.limit.calls ? undefined : Math.ceil((window.ends - now) / 1000)
  }
}
