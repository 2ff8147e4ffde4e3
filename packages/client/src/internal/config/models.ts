import type * as Option from "effect/Option"
import type * as Credentials from "../../Credentials.js"
import type { FieldName } from "./fields.js"

/**
 * The source of a value; `describeSource` puts it into words.
 *
 * @since 0.1.0
 * @category models
 */
export type Source =
  | { readonly _tag: "Explicit" }
  | {
      readonly _tag: "Environment"
      /** The name of the variable. */
      readonly variable: string
    }
  | {
      readonly _tag: "Profile"
      /** The path of the file. */
      readonly file: string
      /** The name of the profile. */
      readonly profile: string
      /** The key in the profile. */
      readonly key: string
    }
  | {
      readonly _tag: "CloudJson"
      /** The path of the file. */
      readonly file: string
      /** The key in the file, with a dot for each object. */
      readonly key: string
    }
  | { readonly _tag: "Default" }

/**
 * A source that has a value for a field.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provenance {
  /** The field. */
  readonly field: FieldName
  /** The source. */
  readonly source: Source
}

/**
 * The TLS settings. `NodeNetwork` applies them; the client refuses them over an `HttpClient` that has others.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  /** Whether certificates are verified. Default true. */
  readonly verifySsl: boolean
  /** A PEM file with the trusted certificate authorities, instead of Node's own. */
  readonly caFile?: string | undefined
}

/**
 * The resolved configuration, to be used as options of the client. `provenance` knows the sources of each field, in a
 * copy too.
 *
 * @since 0.1.0
 * @category models
 */
export interface TileDBConfig extends Tls {
  /** The base URL of the API, including `/v4`. */
  readonly baseUrl: string
  /** The credential. */
  readonly credentials: Credentials.Credentials
  /** As in code; default false. */
  readonly allowInsecureHttp: boolean
  /** The name or id of the workspace, for the operations that take one. */
  readonly workspace: Option.Option<string>
}

/**
 * The values given in code; they take precedence over all other sources.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explicit {
  /** The base URL of the API, including `/v4`, as in `TileDBClient.Options`. */
  readonly baseUrl?: string | undefined
  /** The credential, whatever the other sources contain; `Credentials.anonymous` for none. */
  readonly credentials?: Credentials.Credentials | undefined
  /** Whether certificates are verified. */
  readonly verifySsl?: boolean | undefined
  /** A PEM file with the trusted certificate authorities. */
  readonly caFile?: string | undefined
  /** The name or id of the workspace. */
  readonly workspace?: string | undefined
  /** Whether `http://` is allowed to hosts other than loopback. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
}
