import type { Operation } from "@effect-tiledb/schema"
import type * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"
import type { BaseUrl } from "./baseUrl.js"
import * as Effect3 from "./effect3.js"

const calls = Effect3.counter("tiledb_client_calls", "Calls, by outcome")

const retries = Effect3.counter("tiledb_client_retries", "Retries, by reason")

/** Attempts that wait for their turn, of all clients. */
export const waiting = Effect3.gauge("tiledb_client_waiting", "Attempts that wait for their turn")

/** Attempts that have begun and not ended, of all clients. */
export const underWay = Effect3.gauge("tiledb_client_under_way", "Attempts that have begun and not ended")

/** Of the client that was paused last. */
export const pausedUntil = Effect3.gauge(
  "tiledb_client_paused_until",
  "When the last pause ends, in seconds since 1970",
)

/** What is left of the retry budgets of all clients. */
export const budgetLeft = Effect3.gauge("tiledb_client_retry_budget", "What is left of the retry budgets")

/** Counts calls that failed, by operation and the error's tag. */
export const failed = (operation: string, outcome: string): Metric.Metric.Counter<number> =>
  Effect3.tagged(calls, { operation, outcome })

/** Counts retries, by operation and reason. */
export const retried = (operation: string, reason: string): Metric.Metric.Counter<number> =>
  Effect3.tagged(retries, { operation, reason })

/** What is seen of the calls of one operation. */
export interface Telemetry {
  readonly spanName: string
  readonly spanOptions: Tracer.SpanOptions
  readonly succeeded: Metric.Metric.Counter<number>
}

/** Everything that does not change from call to call, made once per operation, when it is first called. */
export const make = (base: BaseUrl): ((operation: Operation) => Telemetry) => {
  const url = new URL(base.origin)
  const of = (operation: Operation): Telemetry => ({
    spanName: `${operation.group ?? "Users"}.${operation.name}`,
    succeeded: Effect3.tagged(calls, { operation: operation.name, outcome: "success" }),
    spanOptions: {
      kind: "client",
      captureStackTrace: false,
      // The names are OpenTelemetry's; the path is the template, so that no id is an attribute.
      attributes: {
        "http.request.method": operation.method,
        "server.address": url.hostname,
        "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
        "url.template": base.path + operation.path,
      },
    },
  })
  const known = new Map<Operation, Telemetry>()
  return (operation) => {
    const telemetry = known.get(operation) ?? of(operation)
    known.set(operation, telemetry)
    return telemetry
  }
}
