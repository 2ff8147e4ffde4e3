import type * as Effect from "effect/Effect"
import type * as Credentials from "../../Credentials.js"
import type * as RetryPolicy from "../../RetryPolicy.js"
import type { Execute } from "../call.js"
import type { Provenance } from "../config/models.js"
import type { Status } from "../limiter/limiter.js"
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
  /** The credential. Default `Credentials.anonymous`. */
  readonly credentials?: Credentials.Credentials | undefined
  /** When calls are repeated, and for how long. Default `RetryPolicy.standard`. */
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
  /** Whether trace headers (`b3`, `traceparent`) are sent to the service. Default false. */
  readonly tracePropagation?: boolean | undefined
  /** Whether `http://` is allowed to hosts other than loopback; secrets are then sent unencrypted. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
  /**
   * The sources of the options, for error messages: the variable or the file. `TileDBConfig` sets it. Default: code.
   */
  readonly provenance?: ReadonlyArray<Provenance> | undefined
  /** Whether an API key or password is allowed in a browser page, where every script can read it. Default false. */
  readonly allowCredentialsInBrowser?: boolean | undefined
}

/**
 * A client: carries out calls, and reports its load.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Execute {
  /** The current load of the client. */
  readonly status: Effect.Effect<Status>
}
