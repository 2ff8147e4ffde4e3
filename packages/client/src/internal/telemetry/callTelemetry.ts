import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import { type Failure, reasonOf } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import type { CallError } from "../failure/toError.js"
import * as Effect3 from "../runtime/effect3.js"
import * as Telemetry from "./metrics.js"

/** What is known of the attempt in progress; its maker keeps it up to date. */
interface Progress {
  /** The status of the last response. */
  readonly status: number | undefined
  /** The origin that the last request went to. */
  readonly origin: string
}

/**
 * The telemetry of one call: its span, a child span for each attempt, and the metrics. If no tracer keeps spans there
 * are no children and no attributes. The metrics are updated without effects.
 */
export class Observation {
  /** The span of the last attempt; the span of the call if no tracer keeps spans. */
  attempt: Tracer.Span
  /** How many requests of the call were sent after its first. */
  resent = 0
  private progress: Progress | undefined
  /** The origin that the current attempt began with. */
  private origin: string | undefined
  /** When the current attempt was sent, in seconds. */
  private sent: number | undefined

  constructor(
    readonly telemetry: Telemetry.Telemetry,
    readonly span: Tracer.Span,
    private readonly fiber: Fiber.RuntimeFiber<unknown, unknown>,
    private readonly clock: Clock.Clock,
    private readonly isTraced: boolean,
  ) {
    this.attempt = span
  }

  /** Records that the attempt with this number is about to be sent. */
  begin(number: number, progress: Progress): void {
    const { fiber, span, telemetry } = this
    this.sent = Effect3.monotonicSeconds(this.clock)
    this.resent = number - 1
    this.progress = progress
    this.origin = progress.origin
    Effect3.record(telemetry.attempts, 1, fiber)
    if (!this.isTraced) return
    this.attempt = Effect3.requestSpan(fiber, span, telemetry.attemptName)
    set(this.attempt, telemetry.fields)
    if (number > 1) for (const one of [this.attempt, span]) one.attribute("http.request.resend_count", number - 1)
  }

  /** Records the end of the attempt, if one was sent: with a failure, or with success. */
  end(failure?: Failure): void {
    const more = failure && {
      "tiledb.outcome": Outcome.ofAttempt(failure),
      "tiledb.request_id": failure._tag === "Status" ? failure.body.requestId : undefined,
    }
    this.close(failure && reasonOf(failure), more)
  }

  /** Records the end of the call: an attempt still in flight was interrupted. */
  finish(): void {
    this.close("Interrupted")
  }

  /** Records the result of the call: a failure, or success. */
  conclude(error: CallError | undefined): void {
    const { failed, succeeded } = this.telemetry
    Effect3.record(error === undefined ? succeeded : failed(error.outcome, errorTypeOf(error)), 1, this.fiber)
    if (this.isTraced) set(this.span, this.ending(error))
  }

  /** The log fields of a failed attempt. */
  failure(errorType: string) {
    return { ...this.telemetry.fields, "http.response.status_code": this.progress?.status, "error.type": errorType }
  }

  /** The log fields and span attributes of a call that has ended. */
  ending(error: CallError | undefined) {
    return {
      "http.response.status_code": this.progress?.status,
      "tiledb.outcome": error === undefined ? "Done" : error.outcome,
      ...(error === undefined ? {} : { "error.type": errorTypeOf(error), "tiledb.request_id": requestIdOf(error) }),
    }
  }

  private close(errorType: string | undefined, more: object = {}): void {
    if (this.sent === undefined) return
    const seconds = Effect3.monotonicSeconds(this.clock) - this.sent
    this.sent = undefined
    const { origin, progress } = this
    Effect3.record(this.telemetry.duration(progress?.status, errorType), seconds, this.fiber)
    if (this.attempt === this.span) return
    // The span is the user's code, which may throw.
    try {
      if (progress !== undefined && progress.origin !== origin) set(this.attempt, Telemetry.serverOf(progress.origin))
      set(this.attempt, { "http.response.status_code": this.progress?.status, "error.type": errorType, ...more })
    } finally {
      Effect3.endSpan(this.fiber, this.attempt, errorType === undefined ? Exit.void : Exit.fail(errorType))
    }
  }
}

/** Runs a call under its span and observes it. `end` is called when the call ends, for whatever reason. */
export const observe = <A, E>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  clock: Clock.Clock,
  telemetry: Telemetry.Telemetry,
  call: {
    readonly use: (observation: Observation) => Effect.Effect<A, E>
    readonly end: () => void
    /** Whether the identity of the span is used even if no tracer keeps spans. */
    readonly needsSpan: boolean
  },
): Effect.Effect<A, E> => {
  const isTraced = Effect3.isTraced(fiber)
  const options = isTraced ? telemetry.spanOptions : call.needsSpan || Effect3.isBelowSpan(fiber) ? untraced : undefined
  let observation: Observation | undefined
  return Effect3.useSpan(
    fiber,
    telemetry.callName,
    options,
    (span) => {
      observation = new Observation(telemetry, span, fiber, clock, isTraced && span.sampled)
      return call.use(observation)
    },
    () => {
      try {
        observation?.finish()
      } finally {
        call.end()
      }
    },
  )
}

const untraced: Tracer.SpanOptions = { captureStackTrace: false }

const set = (span: Tracer.Span, fields: object): void => {
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) span.attribute(name, value)
}

/** The type of the error, in the terms of `attempts`. */
const errorTypeOf = (error: CallError): string =>
  error._tag === "TransportError" ? error.reason : error._tag === "DecodeError" ? "Decode" : String(error.status)

const requestIdOf = (error: CallError): string | undefined => ("requestId" in error ? error.requestId : undefined)
