import { type Operation, qualifiedName } from "@effect-tiledb/schema"
import type { BaseUrl } from "../config/baseUrl.js"
import * as Effect3 from "../runtime/effect3.js"
import { memoised } from "../runtime/memoised.js"

/** The histogram bounds, in seconds, of OpenTelemetry's conventions for HTTP client requests. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

const durations = Effect3.histogram("http.client.request.duration", "Duration of HTTP client requests", bounds)

const calls = Effect3.counter("tiledb.client.calls", "Calls")

const attempts = Effect3.counter("tiledb.client.attempts", "Attempts")

const retries = Effect3.counter("tiledb.client.retries", "Retries")

/** Attempts that wait to start, of all clients. */
export const waiting = Effect3.gauge("tiledb.client.waiting", "Attempts waiting in the queue")

/** Attempts in flight, of all clients. */
export const inFlight = Effect3.gauge("tiledb.client.in_flight", "Attempts in flight")

/** Of the client that was paused last. */
export const pausedUntil = Effect3.gauge("tiledb.client.paused_until", "End of the last pause, in seconds since 1970")

/** The sum of the retry budgets of all clients. */
export const budgetLeft = Effect3.gauge("tiledb.client.retry_budget", "Retries left in the budgets")

/** The fields of a call or an attempt, the same in spans, logs and metrics. */
export interface Fields {
  readonly "tiledb.operation": string
  readonly "http.request.method": string
  readonly "url.template": string
  readonly "server.address": string
  readonly "server.port": number
}

/** The telemetry of one operation's calls. */
export type Telemetry = ReturnType<ReturnType<typeof make>>

/** The address of a server, in the conventions' names. */
export const serverOf = (origin: string): Pick<Fields, "server.address" | "server.port"> => {
  const { hostname, port, protocol } = new URL(origin)
  return {
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  }
}

/** Everything that does not change from call to call, created once per operation, at its first call. */
export const make = (base: BaseUrl) => {
  const server = serverOf(base.origin)
  return memoised((operation: Operation) => {
    const own = { "tiledb.operation": qualifiedName(operation) }
    const fields: Fields = {
      ...own,
      "http.request.method": operation.method,
      // The template, so that no id is an attribute.
      "url.template": base.path + operation.path,
      ...server,
    }
    const labels = { ...fields, "server.port": String(fields["server.port"]), unit: "s" }
    const durationOf = memoised((key: string) => {
      const [status, errorType] = key.split(" ")
      return Effect3.tagged(durations, {
        ...labels,
        ...(status && { "http.response.status_code": status }),
        ...(errorType && { "error.type": errorType }),
      })
    })
    return {
      callName: `${operation.group}.${operation.name}`,
      attemptName: `${operation.method} ${fields["url.template"]}`,
      spanOptions: { captureStackTrace: false, attributes: { ...fields } },
      fields,
      attempts: Effect3.tagged(attempts, own),
      succeeded: Effect3.tagged(calls, { ...own, "tiledb.outcome": "Done" }),
      failed: (outcome: string, errorType: string) =>
        Effect3.tagged(calls, { ...own, "tiledb.outcome": outcome, "error.type": errorType }),
      retried: (errorType: string) => Effect3.tagged(retries, { ...own, "error.type": errorType }),
      /** The duration of requests with this response status and this error type, if any. */
      duration: (status: number | undefined, errorType = "") => durationOf(`${status ?? ""} ${errorType}`),
    }
  })
}
