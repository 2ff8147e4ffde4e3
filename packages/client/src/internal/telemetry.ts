import { type Operation, type OperationName, Operations } from "@effect-tiledb/schema"
import * as Metric from "effect/Metric"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import type * as Tracer from "effect/Tracer"
import type { BaseUrl } from "./baseUrl.js"

const calls = MetricKey.counter("tiledb_client_calls", { incremental: true, description: "Calls, by outcome" })

const retries = MetricKey.counter("tiledb_client_retries", { incremental: true, description: "Retries, by reason" })

// Tagged as a key: a metric that is tagged afterwards looks itself up at every update.
const tagged = (key: typeof calls, tags: Readonly<Record<string, string>>): Metric.Metric.Counter<number> =>
  Metric.fromMetricKey(
    MetricKey.taggedWithLabels(
      key,
      Object.entries(tags).map(([name, value]) => MetricLabel.make(name, value)),
    ),
  )

/** Counts calls that failed, by operation and the error's tag. */
export const failed = (operation: OperationName, outcome: string): Metric.Metric.Counter<number> =>
  tagged(calls, { operation, outcome })

/** Counts retries, by operation and reason. */
export const retried = (operation: OperationName, reason: string): Metric.Metric.Counter<number> =>
  tagged(retries, { operation, reason })

/** What is seen of the calls of one operation. */
export interface Telemetry {
  readonly spanName: string
  readonly spanOptions: Tracer.SpanOptions
  readonly succeeded: Metric.Metric.Counter<number>
}

/** Everything that does not change from call to call, made once. */
export const make = (base: BaseUrl): ((operation: Operation & { readonly name: OperationName }) => Telemetry) => {
  const url = new URL(base.origin)
  const of = (operation: Operation & { readonly name: OperationName }): Telemetry => ({
    spanName: `Users.${operation.name}`,
    succeeded: tagged(calls, { operation: operation.name, outcome: "success" }),
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
  const known = new Map(Object.values(Operations).map((operation) => [operation.name, of(operation)] as const))
  return (operation) => known.get(operation.name) ?? of(operation)
}
