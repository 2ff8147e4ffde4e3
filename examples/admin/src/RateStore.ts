import { RateLimiterStore, RateLimitStoreError } from "@effect/experimental/RateLimiter"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

// The database's clock, so that runners whose clocks differ agree; in milliseconds.
const now = "(extract(epoch FROM clock_timestamp()) * 1000)::double precision"

const left = `least($3::int, r.tokens + (${now} - r.at) / $4::double precision)`

// `tokens` is what is left, below zero when requests wait for their turn; `at` is when that was so.
const take = `INSERT INTO admin_rate AS r (key, tokens, at) VALUES ($1, $3::int - $2::int, ${now})
  ON CONFLICT (key) DO UPDATE SET tokens = ${left} - $2::int, at = ${now} RETURNING tokens`

const unused = Effect.fail(new RateLimitStoreError({ message: "this store only has token buckets that delay" }))

/**
 * The buckets of the engine's RateLimiter in PostgreSQL: one row a key and one statement a request, so that the limit holds
 * for all runners together from the moment one joins or leaves. (With a share for each runner in the engine's table, the
 * limit would be exceeded until all have heard of a new one.)
 */
export const layer: Layer.Layer<RateLimiterStore, never, SqlClient.SqlClient> = Layer.effect(
  RateLimiterStore,
  Effect.map(SqlClient.SqlClient, (sql) => ({
    fixedWindow: () => unused,
    tokenBucket: ({ allowOverflow, key, limit, refillRate, tokens }) =>
      allowOverflow
        ? sql.unsafe<{ readonly tokens: number }>(take, [key, tokens, limit, Duration.toMillis(refillRate)]).pipe(
            // A database that restarts is waited for.
            Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 120 }),
            Effect.map(([row]) => row?.tokens ?? 0),
            Effect.mapError((cause) => new RateLimitStoreError({ message: "the rate cannot be looked up", cause })),
          )
        : unused,
  })),
)
