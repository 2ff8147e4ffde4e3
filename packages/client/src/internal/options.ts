import type * as Effect from "effect/Effect"
import type * as Credentials from "../Credentials.js"
import type * as RetryPolicy from "../RetryPolicy.js"
import type { Execute } from "./call.js"
import type { Provenance } from "./configModels.js"
import type { Status } from "./limiter.js"
import type * as Limits from "./limits.js"

/**
 * How the client is set up; every field may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Limits.Limits {
  /** Where the API is, `/v4` included. `http://` only to loopback. Default `https://api.tiledb.com/v4`. */
  readonly baseUrl?: string | undefined
  /** Who calls. Default `Credentials.anonymous`. */
  readonly credentials?: Credentials.Credentials | undefined
  /** When calls are repeated, and for how long. Default `RetryPolicy.standard`. */
  readonly retryPolicy?: RetryPolicy.RetryPolicy | undefined
  /**
   * What all calls together may spend on retries: each retry takes 1, each success gives `perSuccess` back, up to
   * `capacity`. Default 100 and 0.1.
   */
  readonly retryBudget?:
    | {
        /** How many retries may be spent before a success gives something back: a whole number or `Infinity`. Default 100. */
        readonly capacity?: number | undefined
        /** How much of a retry each success gives back. Default 0.1. */
        readonly perSuccess?: number | undefined
      }
    | undefined
  /**
   * Further origins that redirects may lead to, with everything the request carries. Default: none, and the regional
   * hosts of `https://api.tiledb.com` when that is the base.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** How many bytes of an answer are read, after decompression. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined
  /**
   * How answers are read. `lenient`: what is missing or `null` is the zero value of its type, a malformed optional is
   * absent, and both are told by path at debug and on the call's span (`tiledb.answer.malformed`); only a user without an
   * id, and what is malformed and not optional, fail. `strict`: whatever is not as documented fails with a `DecodeError`,
   * unknown properties included, to detect drift. Default `lenient`.
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /** Whether trace headers (`b3`, `traceparent`) are sent to the service. Default false. */
  readonly tracePropagation?: boolean | undefined
  /** Whether `http://` is allowed to other hosts than loopback; secrets then travel in the clear. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
  /** Where the options come from, for messages: errors name the variable or the file. `TileDBConfig` fills it in. Default: code. */
  readonly provenance?: ReadonlyArray<Provenance> | undefined
  /** Whether an API key or password is allowed in a browser page, where every script can read it. Default false. */
  readonly allowCredentialsInBrowser?: boolean | undefined
}

/**
 * A client: carries calls out, and says how busy it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Execute {
  /** How busy the client is. */
  readonly status: Effect.Effect<Status>
}
