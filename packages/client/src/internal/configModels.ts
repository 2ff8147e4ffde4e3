import type * as Redacted from "effect/Redacted"
import type * as Credentials from "../Credentials.js"
import type { FieldName } from "./configFields.js"

/**
 * Where a value was written down; `describeSource` says it in words.
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
 * Where one field comes from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provenance {
  /** The field; `credentials` stands for those that code gives as a whole. */
  readonly field: FieldName | "credentials"
  /** The value as it may be shown: `<redacted>` for a secret. */
  readonly value: string
  /** The strongest source that says something of the field. */
  readonly source: Source
  /** False for a credential that another scheme was preferred to. */
  readonly used: boolean
  /** The weaker sources that say something of the field too. */
  readonly overrides: ReadonlyArray<Source>
}

/**
 * How TLS is to be set up. `NodeNetwork` does it; `Users.layerConfig` refuses it over other clients.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  /** Whether certificates are verified. Default true. */
  readonly verifySsl: boolean
  /** A PEM file with the certificate authorities that count, instead of Node's own. */
  readonly caFile?: string
  /** Where that is said. */
  readonly tlsSource: Source
}

/**
 * What was decided, with where each field comes from; it fits into `Users.layer`'s options.
 *
 * @since 0.1.0
 * @category models
 */
export interface TileDBConfig extends Tls {
  /** Where the API is, `/v4` included. */
  readonly baseUrl: string
  /** Who calls. */
  readonly credentials: Credentials.Credentials
  /** As code said; default false. */
  readonly allowInsecureHttp: boolean
  /** The workspace of `cloud.json`, which the Users API has no use for. */
  readonly workspace?: string
  /** Where each field comes from. */
  readonly provenance: ReadonlyArray<Provenance>
}

/**
 * What code says; it wins over everything else.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explicit {
  /** Where the API is, `/v4` included, as in `Users.Options`. */
  readonly baseUrl?: string | undefined
  /** Who calls, whatever the other sources say; `Credentials.anonymous` for nobody. */
  readonly credentials?: Credentials.Credentials | undefined
  /** An API key, which wins over the other schemes. */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  /** A bearer token or the effect that gets one, as `Credentials.bearer` takes it; wins over HTTP Basic. */
  readonly bearer?: Parameters<typeof Credentials.bearer>[0] | undefined
  /** The username of HTTP Basic. */
  readonly username?: string | undefined
  /** The password of HTTP Basic. */
  readonly password?: Redacted.Redacted<string> | undefined
  /** Whether certificates are verified. */
  readonly verifySsl?: boolean | undefined
  /** A PEM file with the certificate authorities that count. */
  readonly caFile?: string | undefined
  /** As in `cloud.json`. */
  readonly workspace?: string | undefined
  /** Whether `http://` is allowed to other hosts than loopback. Default false. */
  readonly allowInsecureHttp?: boolean | undefined
}
