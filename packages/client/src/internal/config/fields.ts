/** The names of a field in each of the sources. */
export interface Field {
  readonly variables: ReadonlyArray<string>
  /** The key in a profile. */
  readonly profile: string
  /** The path in `cloud.json`. */
  readonly cloud: ReadonlyArray<string>
  readonly kind: "text" | "secret" | "boolean"
}

/** Every field of the configuration and its names, strongest first; both the reader and the documentation use it. */
export const fields = {
  baseUrl: {
    variables: ["TILEDB_REST_HOST", "TILEDB_REST_SERVER_ADDRESS"],
    profile: "rest.server_address",
    cloud: ["host"],
    kind: "text",
  },
  apiKey: {
    variables: ["TILEDB_REST_TOKEN"],
    profile: "rest.token",
    cloud: ["api_key", "X-TILEDB-REST-API-KEY"],
    kind: "secret",
  },
  username: { variables: ["TILEDB_REST_USERNAME"], profile: "rest.username", cloud: ["username"], kind: "text" },
  password: { variables: ["TILEDB_REST_PASSWORD"], profile: "rest.password", cloud: ["password"], kind: "secret" },
  verifySsl: {
    variables: ["TILEDB_REST_IGNORE_SSL_VALIDATION"],
    profile: "rest.verify_ssl",
    cloud: ["verify_ssl"],
    kind: "boolean",
  },
  caFile: { variables: ["TILEDB_SSL_CA_FILE"], profile: "ssl.ca_file", cloud: ["ca_file"], kind: "text" },
  workspace: { variables: ["TILEDB_REST_WORKSPACE"], profile: "rest.workspace", cloud: ["workspace"], kind: "text" },
} satisfies Record<string, Field>

export type FieldName = keyof typeof fields

export const fieldNames = Object.keys(fields) as ReadonlyArray<FieldName> // Object.keys loses the literal keys
