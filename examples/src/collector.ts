/** A collector that keeps what it gets: OTLP over HTTP, as JSON, on the loopback interface. */
import { createServer } from "node:http"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer, Schema } from "effect"

const Attributes = Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.Unknown }))

const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.String),
  name: Schema.String,
  attributes: Attributes,
  events: Schema.Array(Schema.Struct({ name: Schema.String, attributes: Attributes })),
})

const Point = Schema.Struct({ attributes: Attributes })
const Points = Schema.optional(Schema.Struct({ dataPoints: Schema.Array(Point) }))
const Metric = Schema.Struct({
  name: Schema.String,
  unit: Schema.String,
  sum: Points,
  gauge: Points,
  histogram: Points,
})

const Line = Schema.Struct({
  traceId: Schema.optional(Schema.String),
  severityText: Schema.String,
  body: Schema.Struct({ stringValue: Schema.String }),
  attributes: Attributes,
})

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(
    Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) }),
  ),
})
const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(
    Schema.Struct({ scopeMetrics: Schema.Array(Schema.Struct({ metrics: Schema.Array(Metric) })) }),
  ),
})
const Logs = Schema.Struct({
  resourceLogs: Schema.Array(
    Schema.Struct({ scopeLogs: Schema.Array(Schema.Struct({ logRecords: Schema.Array(Line) })) }),
  ),
})

export class Collector extends Context.Tag("examples/Collector")<
  Collector,
  {
    /** Where to export to. */
    readonly baseUrl: string
    readonly spans: Array<typeof Span.Type>
    /** As they were exported last. */
    readonly metrics: Map<string, typeof Metric.Type>
    readonly lines: Array<typeof Line.Type>
    /** Everything that was received, as text. */
    readonly texts: Array<string>
  }
>() {}

const keep =
  <A, I>(body: Schema.Schema<A, I>, texts: Array<string>, receive: (body: A) => void) =>
  () =>
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const text = yield* request.text
      texts.push(text)
      receive(yield* Schema.decode(Schema.parseJson(body))(text))
      return yield* HttpServerResponse.json({})
    })

export const layer = Layer.unwrapEffect(
  Effect.sync(() => {
    const spans: Array<typeof Span.Type> = []
    const metrics = new Map<string, typeof Metric.Type>()
    const lines: Array<typeof Line.Type> = []
    const texts: Array<string> = []
    const router = HttpRouter.empty.pipe(
      HttpRouter.post(
        "/v1/traces",
        Effect.suspend(
          keep(Traces, texts, ({ resourceSpans }) => {
            for (const { scopeSpans } of resourceSpans) spans.push(...scopeSpans.flatMap((scope) => scope.spans))
          }),
        ),
      ),
      HttpRouter.post(
        "/v1/metrics",
        Effect.suspend(
          keep(Metrics, texts, ({ resourceMetrics }) => {
            const all = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
            for (const metric of all) metrics.set(metric.name, metric)
          }),
        ),
      ),
      HttpRouter.post(
        "/v1/logs",
        Effect.suspend(
          keep(Logs, texts, ({ resourceLogs }) => {
            for (const { scopeLogs } of resourceLogs) lines.push(...scopeLogs.flatMap((scope) => scope.logRecords))
          }),
        ),
      ),
    )
    const collector = Layer.effect(
      Collector,
      Effect.map(HttpServer.HttpServer, ({ address }) => ({
        baseUrl: `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`,
        spans,
        metrics,
        lines,
        texts,
      })),
    )
    return Layer.merge(HttpServer.serve(router), collector).pipe(
      Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
    )
  }),
)
