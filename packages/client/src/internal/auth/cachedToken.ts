import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { clockOf, forkWith } from "../runtime/effect3.js"
import { expiryOf } from "../secrets/jwt.js"
import { onRefused } from "../secrets/refusedToken.js"
import { textInside } from "../secrets/secretText.js"

/**
 * A bearer token, and when it expires.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessToken {
  /** The token. */
  readonly token: Redacted.Redacted<string>
  /** When the token expires; a number is milliseconds since 1970. Default: the `exp` of a JWT, else never. */
  readonly expiresAt?: DateTime.DateTime.Input | undefined
}

type Token = Redacted.Redacted<string>

/** One run of the effect, shared by all waiters. */
interface Refresh {
  readonly fiber: Fiber.RuntimeFiber<Exit.Exit<Token, unknown>>
  waiting: number
}

const expiry = (token: Token, expiresAt: AccessToken["expiresAt"]): number =>
  expiresAt === undefined
    ? (expiryOf(textInside(token) ?? "") ?? Number.POSITIVE_INFINITY)
    : DateTime.toEpochMillis(DateTime.unsafeMake(expiresAt))

/**
 * The token that an effect gives, kept until it expires or is refused. The effect runs once for any number of
 * concurrent callers. It is interrupted only when there is no waiter left; its failure goes to all waiters, and the
 * next call runs it again.
 */
export const make = (effect: Effect.Effect<Token | AccessToken, unknown>): Effect.Effect<Token, unknown> => {
  let kept: { readonly token: Token; readonly until: number } | undefined
  let refresh: Refresh | undefined

  const keep = (given: Token | AccessToken): Token => {
    const { expiresAt, token }: AccessToken = Redacted.isRedacted(given) ? { token: given } : given
    kept = { token, until: expiry(token, expiresAt) }
    return token
  }

  // In its own fiber: the first caller's may be interrupted.
  const start = (asking: Fiber.RuntimeFiber<unknown, unknown>): Refresh => {
    // As an exit: Effect logs the failure of a fiber.
    const fiber = forkWith(asking, asking.getFiberRefs(), Effect.exit(Effect.map(effect, keep)))
    const started: Refresh = { fiber, waiting: 0 }
    refresh = started
    started.fiber.addObserver(() => {
      if (refresh === started) refresh = undefined
    })
    return started
  }

  const token: Effect.Effect<Token, unknown> = Effect.withFiberRuntime((asking) => {
    if (kept !== undefined && clockOf(asking).unsafeCurrentTimeMillis() < kept.until) return Effect.succeed(kept.token)
    return Effect.async<Token, unknown>((resume) => {
      const joined = refresh ?? start(asking)
      joined.waiting++
      const observer = (exit: Exit.Exit<Exit.Exit<Token, unknown>>) => resume(Effect.flatten(exit))
      joined.fiber.addObserver(observer)
      return Effect.sync(() => {
        joined.fiber.removeObserver(observer)
        if (--joined.waiting > 0) return
        if (refresh === joined) refresh = undefined
        joined.fiber.unsafeInterruptAsFork(asking.id())
      })
    })
  })

  onRefused.set(token, (refused) => {
    if (kept !== undefined && Equal.equals(kept.token, refused)) kept = undefined
  })
  return token
}
