import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import { epochMillis } from "../runtime/effect3.js"
import { shared } from "../runtime/shared.js"
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

const expiry = (token: Token, expiresAt: AccessToken["expiresAt"]): number =>
  expiresAt === undefined
    ? (expiryOf(textInside(token) ?? "") ?? Number.POSITIVE_INFINITY)
    : DateTime.toEpochMillis(DateTime.unsafeMake(expiresAt))

/**
 * The token that an effect gives, kept until it expires or is refused. The effect runs once for any number of
 * concurrent callers.
 */
export const make = (effect: Effect.Effect<Token | AccessToken, unknown>): Effect.Effect<Token, unknown> => {
  let kept: { readonly token: Token; readonly until: number } | undefined

  const obtain = shared(
    Effect.zipWith(effect, Clock.currentTimeMillis, (given, now) => {
      const { expiresAt, token }: AccessToken = Redacted.isRedacted(given) ? { token: given } : given
      const until = expiry(token, expiresAt)
      // A clock that is ahead says that each token has expired the moment it comes.
      kept = { token, until: until > now ? until : Number.POSITIVE_INFINITY }
      return token
    }),
  )

  const token = Effect.clockWith(
    (clock): Effect.Effect<Token, unknown> =>
      kept !== undefined && epochMillis(clock) < kept.until ? Effect.succeed(kept.token) : obtain,
  )
  onRefused.set(token, (refused) => {
    if (kept !== undefined && Equal.equals(kept.token, refused)) kept = undefined
  })
  return token
}
