import type * as HttpClient from "@effect/platform/HttpClient"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Credentials from "../../Credentials.js"
import type * as RetryPolicy from "../../RetryPolicy.js"
import type { Execute } from "../call.js"
import type * as Limits from "../limiter/limits.js"

/**
 * How the client is set up; every field is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Limits.Limits {
  /** The base URL of the API, including `/v4`. `http://` only to loopback. Default `https://api.tiledb.com/v4`. */
  readonly baseUrl?: string | undefined
  /** The credential. Default `Credentials.anonymous`; `null` is refused, as it may be a secret that was not found. */
  readonly credentials?: Credentials.Credentials | undefined
  /** When calls are retried, and for how long. Default `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  /**
   * The retry budget shared by all calls: each retry takes 1, each success gives `perSuccess` back, up to `capacity`.
   * Default 100 and 0.1.
   */
  readonly retryBudget?:
    | {
        /** How many retries may be spent before a success gives some back: a whole number, `Infinity`. Default 100. */
        readonly capacity?: number | undefined
        /** How much of a retry each success gives back. Default 0.1. */
        readonly perSuccess?: number | undefined
      }
    | undefined
  /**
   * Further origins that redirects may lead to, with everything that the request contains. Default: none, and the
   * regional hosts of `https://api.tiledb.com` when that is the base.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** How many bytes of a response are read, after decompression. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined
  /**
   * How responses are decoded. `lenient`: a missing or `null` field becomes the zero value of its type, and a malformed
   * optional field is absent. Both are reported by path at debug and on the call's span (`tiledb.response.malformed`).
   * Only a user without an id, and a malformed field that is not optional, fail. `strict`: any deviation from the
   * documentation fails with a `DecodeError`, including unknown properties, to detect drift. Default `lenient`.
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /** The name or id of the workspace of operations that take one and are called without, as in `TileDBConfig`. */
  readonly workspace?: string | Option.Option<string> | undefined
  /** Whether trace headers (`b3`, `traceparent`) are sent to the service. Default false. */
  readonly tracePropagation?: boolean | undefined
  /** Whether `http://` is allowed to hosts other than loopback; secrets are then sent unencrypted. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
  /** Whether an API key or password is allowed in a browser page, where every script can read it. Default false. */
  readonly allowCredentialsInBrowser?: boolean | undefined
  /**
   * Wraps the `HttpClient` of the environment, as in Effect's own clients: to log, to measure, to set a header.
   *
   * It is as a client that is wrapped before it is provided. Requests print their credential and their body as
   * `<redacted>`. Redirects stay the client's: `HttpClient.followRedirects` and `RequestInit` follow none, as a redirect
   * reaches the wrapper as a failure (`StatusCode`). Trace headers are sent only with `tracePropagation`. But the wrapper
   * is your program: a header that it reads by its name is in the clear, as is a copy of the headers, and what it retries,
   * the client cannot see.
   */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * The current load of a client, as of one moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** Attempts that wait to start: for a free slot, for the pace, or for the end of a pause. */
  readonly waiting: number
  /** Attempts that have started and not ended. */
  readonly inFlight: number
  /** The end of the pause for the client's credential, if the service asked for a pause. */
  readonly pausedUntil: Option.Option<DateTime.Utc>
  /** The retries left in the budget; see `Options`. */
  readonly retryBudget: number
}

/**
 * The client that the services of all API groups share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Carries out one call; `call` checks its arguments first. */
  readonly execute: Execute
  /** The current load; reading it is cheap. */
  readonly status: Effect.Effect<Status>
  /** The name or id of the workspace of operations that take one and are called without. Default: none. */
  readonly workspace?: string | undefined
}
