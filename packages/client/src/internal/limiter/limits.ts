import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type ConfigError, invalid } from "../runtime/configError.js"
import { Limiter } from "./limiter.js"
import { Pace } from "./pace.js"

/**
 * How many of a client's requests may be sent at once, and when.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** How many requests may be in flight at once. Default: no limit. */
  readonly concurrency?: number | undefined
  /** How many requests may start within a period; they are spread evenly over it. Default: no limit. */
  readonly rateLimit?:
    | {
        /** How many requests. */
        readonly calls: number
        /** The length of the period; a number is in milliseconds. */
        readonly per: Duration.DurationInput
      }
    | undefined
  /**
   * Whether all calls wait when the service asks one to (429, or 503 with `Retry-After`), until the requested time has
   * passed; such waits spend no `retryBudget`. Default true.
   */
  readonly pause?: boolean | undefined
}

export const positive = (field: string, value: number): Either.Either<number, ConfigError> =>
  Number.isInteger(value) && value > 0 ? Either.right(value) : invalid(field, "Expected a whole number above 0")

const paceOf = (rateLimit: Limits["rateLimit"]): Either.Either<Pace | undefined, ConfigError> => {
  if (rateLimit === undefined) return Either.right(undefined)
  const per = Option.getOrUndefined(Option.map(Duration.decodeUnknown(rateLimit.per), Duration.toMillis))
  return per !== undefined && per > 0 && per < Number.POSITIVE_INFINITY
    ? Either.map(positive("rateLimit.calls", rateLimit.calls), (calls) => new Pace(calls, per))
    : invalid("rateLimit.per", 'Expected a time above 0, such as "1 second"')
}

/** The limiter for the options of a client. Its clock is the one that the client is built with. */
export const make = (options: Limits): Effect.Effect<Limiter, ConfigError> =>
  Effect.gen(function* () {
    const { concurrency, pause = true, rateLimit } = options
    const most = concurrency === undefined ? Number.POSITIVE_INFINITY : yield* positive("concurrency", concurrency)
    return new Limiter({ concurrency: most, pace: yield* paceOf(rateLimit), pause }, yield* Effect.clock)
  })
