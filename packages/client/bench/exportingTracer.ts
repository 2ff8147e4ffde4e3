import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

const hex = (length: number): string => {
  let out = ""
  while (out.length < length) {
    out += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0")
  }
  return out
}

/** Writes every span out as an exporter would, 512 to a batch; the batches go nowhere. */
export const make = (): Tracer.Tracer => {
  let batch: Array<string> = []
  return Tracer.make({
    context: (f) => f(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      const events: Array<unknown> = []
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        parent,
        context,
        links,
        kind,
        attributes,
        get status() {
          return status
        },
        sampled: true,
        traceId: Option.match(parent, { onNone: () => hex(32), onSome: (_) => _.traceId }),
        spanId: hex(16),
        attribute: (key, value) => {
          attributes.set(key, value)
        },
        event: (event, time, eventAttributes) => {
          events.push({ name: event, time: String(time), attributes: eventAttributes })
        },
        addLinks: () => {},
        end: (endTime, exit) => {
          status = { _tag: "Ended", startTime, endTime, exit }
          batch.push(
            JSON.stringify({
              name,
              traceId: span.traceId,
              spanId: span.spanId,
              parentSpanId: Option.getOrUndefined(Option.map(parent, (_) => _.spanId)),
              kind,
              startTimeUnixNano: String(startTime),
              endTimeUnixNano: String(endTime),
              attributes: Array.from(attributes, ([key, value]) => ({ key, value })),
              events,
              status: exit._tag,
            }),
          )
          if (batch.length === 512) batch = []
        },
      }
      return span
    },
  })
}
