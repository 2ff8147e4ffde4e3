import type { Operation } from "@effect-tiledb/schema"
import * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"
import type { BaseUrl } from "./baseUrl.js"

/** Counts calls by operation and outcome (`success` or the error's tag). */
export const calls = Metric.counter("tiledb_client_calls", { incremental: true, description: "Calls, by outcome" })

/** Counts retries by operation and reason. */
export const retries = Metric.counter("tiledb_client_retries", { incremental: true, description: "Retries, by reason" })

/** The names are OpenTelemetry's; the path is the template, so that no id is an attribute. */
export const spanOptions = (base: BaseUrl, operation: Operation): Tracer.SpanOptions => {
  const url = new URL(base.origin)
  return {
    kind: "client",
    captureStackTrace: false,
    attributes: {
      "http.request.method": operation.method,
      "server.address": url.hostname,
      "server.port": url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
      "url.template": base.path + operation.path,
    },
  }
}
