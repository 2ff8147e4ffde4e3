// One precedence for every field, and where each value comes from: in a table over all combinations of sources.
import { readFileSync } from "node:fs"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, TileDBConfig } from "@effect-tiledb/client"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { directory, inMemory, load } from "../support/configFiles.js"

const profiles = `${directory}/profiles.json`
const cloud = `${directory}/cloud.json`

interface Place {
  readonly name: string
  readonly source: TileDBConfig.Source
  /** Writes a value down there. */
  readonly write: (value: unknown, into: Written) => void
}

interface Written {
  readonly explicit: Record<string, unknown>
  readonly variables: Record<string, string>
  readonly profile: Record<string, unknown>
  readonly cloud: Record<string, unknown>
}

const code = (name: string): Place => ({
  name: "code",
  source: { _tag: "Explicit" },
  write: (value, { explicit }) => {
    explicit[name] = value
  },
})
const env = (variable: string): Place => ({
  name: variable,
  source: { _tag: "Environment", variable },
  write: (value, { variables }) => {
    variables[variable] = String(value)
  },
})
const inProfile = (key: string): Place => ({
  name: `profile ${key}`,
  source: { _tag: "Profile", file: profiles, profile: "default", key },
  write: (value, { profile }) => {
    profile[key] = value
  },
})
const inCloud = (key: string, outer?: string): Place => ({
  name: `cloud.json ${key}`,
  source: { _tag: "CloudJson", file: cloud, key: outer === undefined ? key : `${outer}.${key}` },
  write: (value, { cloud }) => {
    if (outer === undefined) cloud[key] = value
    else cloud[outer] = { [key]: value }
  },
})

const secret = (text: string) => Redacted.make(text)
const sent = ({ credentials }: TileDBConfig.TileDBConfig): string => {
  switch (credentials._tag) {
    case "ApiKey":
      return Redacted.isRedacted(credentials.key) ? Redacted.value(credentials.key) : "an effect"
    case "Basic":
      return Redacted.isRedacted(credentials.password)
        ? `${credentials.username} ${Redacted.value(credentials.password)}`
        : "an effect"
    default:
      return credentials._tag
  }
}

/** A field: its places, strongest first, with the value written there and what the configuration then says. */
interface Row {
  readonly places: ReadonlyArray<readonly [Place, value: unknown, resolved: unknown]>
  readonly unset: unknown
  readonly read: (config: TileDBConfig.TileDBConfig) => unknown
  /** What must be there besides for the field to count. */
  readonly beside?: (written: Written) => void
}

const anApiKey = ({ variables }: Written) => {
  variables.TILEDB_REST_TOKEN = "tiledb_beside"
}

const rows: Record<string, Row> = {
  baseUrl: {
    places: [
      [code("baseUrl"), "https://a.example/v4", "https://a.example/v4"],
      [env("TILEDB_REST_HOST"), "b.example", "https://b.example/v4"],
      [env("TILEDB_REST_SERVER_ADDRESS"), "https://c.example/", "https://c.example/v4"],
      [inProfile("rest.server_address"), "https://d.example/v1", "https://d.example/v4"],
      [inCloud("host"), "https://e.example/v4", "https://e.example/v4"],
    ],
    unset: "https://api.tiledb.com/v4",
    read: ({ baseUrl }) => baseUrl,
    beside: anApiKey,
  },
  apiKey: {
    places: [
      [env("TILEDB_REST_TOKEN"), "key-b", "key-b"],
      [inProfile("rest.token"), "key-d", "key-d"],
      [inCloud("X-TILEDB-REST-API-KEY", "api_key"), "key-e", "key-e"],
    ],
    unset: "none",
    read: sent,
  },
  username: {
    places: [
      [env("TILEDB_REST_USERNAME"), "user-b", "user-b pass"],
      [inProfile("rest.username"), "user-d", "user-d pass"],
      [inCloud("username"), "user-e", "user-e pass"],
    ],
    unset: "none",
    read: sent,
    beside: ({ variables }) => {
      variables.TILEDB_REST_PASSWORD = "pass"
    },
  },
  password: {
    places: [
      [env("TILEDB_REST_PASSWORD"), "pass-b", "ada pass-b"],
      [inProfile("rest.password"), "pass-d", "ada pass-d"],
      [inCloud("password"), "pass-e", "ada pass-e"],
    ],
    unset: "none",
    read: sent,
    beside: ({ variables }) => {
      variables.TILEDB_REST_USERNAME = "ada"
    },
  },
  verifySsl: {
    // In turn, so that whoever wins by mistake says something else.
    places: [
      [code("verifySsl"), true, true],
      [env("TILEDB_REST_IGNORE_SSL_VALIDATION"), "True", false],
      [inProfile("rest.verify_ssl"), "true", true],
      [inCloud("verify_ssl"), false, false],
    ],
    unset: true,
    read: ({ verifySsl }) => verifySsl,
    beside: anApiKey,
  },
  caFile: {
    places: [
      [code("caFile"), "/a.pem", "/a.pem"],
      [env("TILEDB_SSL_CA_FILE"), "/b.pem", "/b.pem"],
      [inProfile("ssl.ca_file"), "/d.pem", "/d.pem"],
      [inCloud("ca_file"), "/e.pem", "/e.pem"],
    ],
    unset: undefined,
    read: ({ caFile }) => caFile,
    beside: anApiKey,
  },
  workspace: {
    places: [
      [code("workspace"), "a", "a"],
      [env("TILEDB_REST_WORKSPACE"), "b", "b"],
      [inProfile("rest.workspace"), "d", "d"],
      [inCloud("workspace"), "e", "e"],
    ],
    unset: undefined,
    read: ({ workspace }) => Option.getOrUndefined(workspace),
    beside: anApiKey,
  },
}

const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_, index) => (bits >> index) % 2 === 1))

const written = (): Written => ({ explicit: {}, variables: {}, profile: {}, cloud: {} })

const loadWritten = ({ cloud: inCloud, explicit, profile, variables }: Written) =>
  load(
    variables,
    { [profiles]: JSON.stringify({ version: 1, default: profile }), [cloud]: JSON.stringify(inCloud) },
    explicit,
  )

describe("every combination of the sources of", () => {
  for (const [field, row] of Object.entries(rows)) {
    const combinations = subsets(row.places)
    it.effect(`${field}: ${combinations.length}`, () =>
      Effect.gen(function* () {
        for (const places of combinations) {
          const into = written()
          row.beside?.(into)
          for (const [place, value] of places) place.write(value, into)
          const loaded = yield* Effect.either(loadWritten(into))
          const message = places.map(([place]) => place.name).join(" + ") || "nothing"
          if (row.unset === "none" && places.length === 0) {
            assert.isTrue(Either.isLeft(loaded), message)
            continue
          }
          const config = Either.getOrThrow(loaded)
          const [winner] = places
          assert.deepStrictEqual(row.read(config), winner === undefined ? row.unset : winner[2], message)
          const found = TileDBConfig.provenance(config).filter((entry) => entry.field === field)
          assert.deepStrictEqual(
            found.map(({ source }) => source),
            places.map(([place]) => place.source),
            message,
          )
        }
      }),
    )
  }

  it("is no more than what the module documents", () => {
    const text = readFileSync(new URL("../../src/TileDBConfig.ts", import.meta.url), "utf8")
    const cells = [...text.matchAll(/^ \* \| (\w+) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].slice(1)
    assert.deepStrictEqual(
      cells.map(([, field, variables = "", profile, cloud]) => [
        field,
        Array.from(variables.matchAll(/TILEDB_\w+/g), String),
        profile,
        cloud,
      ]),
      Object.entries(rows).map(([field, { places }]) => {
        const names = places.map(([{ source }]) => source)
        return [
          field,
          names.flatMap((source) => (source._tag === "Environment" ? [source.variable] : [])),
          names.flatMap((source) => (source._tag === "Profile" ? [source.key] : [])).join(),
          names.flatMap((source) => (source._tag === "CloudJson" ? [source.key] : [])).join(),
        ]
      }),
    )
  })
})

describe("one scheme", () => {
  const schemes = {
    apiKey: (into: Written) => inCloud("X-TILEDB-REST-API-KEY", "api_key").write("key", into),
    basic: (into: Written) => {
      env("TILEDB_REST_USERNAME").write("ada", into)
      inProfile("rest.password").write("pass", into)
    },
  }
  const tags = { apiKey: "ApiKey", basic: "Basic" }
  const fields = { apiKey: ["apiKey"], basic: ["username", "password"] }
  const names = Object.keys(schemes) as Array<keyof typeof schemes>
  for (const given of subsets(names).slice(1)) {
    it.effect(`API key > Basic, and what was not used is reported: ${given.join(" + ")}`, () =>
      Effect.gen(function* () {
        const into = written()
        for (const name of given) schemes[name](into)
        const config = yield* loadWritten(into)
        const [winner, ...others] = given
        assert.strictEqual(config.credentials._tag, tags[winner ?? "apiKey"])
        const found = TileDBConfig.provenance(config).map(({ field }) => field)
        assert.includeMembers(
          found,
          [...given, ...others].flatMap((name) => fields[name]),
        )
      }),
    )
  }

  it.effect("the credentials that code gives win over all of them, nobody's included", () =>
    Effect.gen(function* () {
      const into = written()
      for (const name of names) schemes[name](into)
      for (const credentials of [Credentials.anonymous, Credentials.basic("bob", secret("bobs"))]) {
        const config = yield* loadWritten({ ...into, explicit: { ...into.explicit, credentials } })
        assert.strictEqual(config.credentials, credentials)
      }
    }),
  )
})

const golden = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8")

/** The provenance as text. */
const lines = (config: TileDBConfig.TileDBConfig) =>
  TileDBConfig.provenance(config).map(({ field, source }) => `${field} | ${TileDBConfig.describeSource(source)}`)

describe("the files as TileDB writes them", () => {
  const files = { [profiles]: golden("profiles.json"), [cloud]: golden("cloud.json") }
  const sources: Record<string, Record<string, string>> = {
    "config-default.txt": {},
    "config-work.txt": { TILEDB_PROFILE_NAME: "work" },
    "config-environment.txt": {
      TILEDB_REST_USERNAME: "bob",
      TILEDB_REST_PASSWORD: "hunter33hunter33",
      TILEDB_REST_HOST: "http://127.0.0.1:8080",
      TILEDB_REST_IGNORE_SSL_VALIDATION: "1",
    },
  }
  for (const [name, variables] of Object.entries(sources)) {
    it.effect(`the source of everything: ${name}`, () =>
      Effect.gen(function* () {
        const found = `${lines(yield* load(variables, files)).join("\n")}\n`
        assert.strictEqual(found, golden(name))
        assert.notMatch(found, /tiledb_|hunter/)
      }),
    )
  }

  it.effect("profile.json is as good a name as profiles.json, which is preferred", () =>
    Effect.gen(function* () {
      const other = `${directory}/profile.json`
      const content = (token: string) => JSON.stringify({ default: { "rest.token": token } })
      assert.strictEqual(sent(yield* load({}, { [other]: content("other") })), "other")
      assert.strictEqual(sent(yield* load({}, { [other]: content("other"), [profiles]: content("one") })), "one")
    }),
  )

  it.effect("TILEDB_PROFILE_DIR moves the profiles and not cloud.json; options move both", () =>
    Effect.gen(function* () {
      const at = (dir: string, token: string) => ({ [`${dir}/profiles.json`]: `{"default":{"rest.token":"${token}"}}` })
      const moved = { ...at("/a", "a"), ...at("/b", "b"), ...at(directory, "home"), [cloud]: '{"workspace":"w"}' }
      const config = yield* load({ TILEDB_PROFILE_DIR: "/a" }, moved)
      assert.deepStrictEqual([sent(config), config.workspace], ["a", Option.some("w")])
      assert.strictEqual(sent(yield* load({ TILEDB_PROFILE_DIR: "/a" }, moved, { profileDirectory: "/b" })), "b")
      assert.deepStrictEqual((yield* load({}, moved, { directory: "/b" })).workspace, Option.none())
    }),
  )

  it.effect("a byte order mark and paths of Windows are fine", () =>
    Effect.gen(function* () {
      const home = "C:\\Users\\ada"
      const { layer, read } = inMemory({
        [`${home}\\.tiledb\\cloud.json`]: `\uFEFF{"api_key":{"X-TILEDB-REST-API-KEY":"key"},"ca_file":"C:\\\\ca.pem"}\r\n`,
      })
      const config = yield* TileDBConfig.withFiles().pipe(
        Effect.provide(Layer.merge(layer, NodePath.layerWin32)),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["USERPROFILE", home]]))),
      )
      assert.deepStrictEqual([sent(config), config.caFile], ["key", "C:\\ca.pem"])
      assert.include(read, `${home}\\.tiledb\\profiles.json`)
      assert.include(lines(config).join(), `${home}\\.tiledb\\cloud.json, ca_file`)
    }),
  )

  it.effect("without a home there is nothing to look for", () =>
    Effect.gen(function* () {
      const { layer, read } = inMemory({})
      const config = yield* TileDBConfig.withFiles({ credentials: Credentials.anonymous }).pipe(
        Effect.provide(layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
      )
      assert.deepStrictEqual([config.baseUrl, read], ["https://api.tiledb.com/v4", []])
    }),
  )

  it.effect("what the variables say is enough beside files that say nothing", () =>
    Effect.gen(function* () {
      const variables = { TILEDB_REST_TOKEN: "tiledb_key" }
      for (const nothing of ["", " \n", "\ufeff", "{}"]) {
        const config = yield* load(variables, { [profiles]: nothing, [cloud]: nothing })
        assert.strictEqual(sent(config), "tiledb_key")
      }
      for (const home of ["/dev/null", import.meta.filename, "/nowhere"]) {
        const config = yield* TileDBConfig.withFiles().pipe(
          Effect.provide(NodeContext.layer),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ HOME: home, ...variables })))),
        )
        assert.strictEqual(sent(config), "tiledb_key")
      }
    }),
  )

  it.effect("without a home the error says where it was looked for", () =>
    Effect.gen(function* () {
      const { layer } = inMemory({})
      for (const [prefix, provider] of [
        ["", ConfigProvider.fromJson({ log: "info" })],
        ["APP_", ConfigProvider.nested(ConfigProvider.fromMap(new Map([["HOME", "/Users/ada"]])), "APP")],
      ] as const) {
        const error = yield* TileDBConfig.withFiles().pipe(
          Effect.provide(layer),
          Effect.withConfigProvider(provider),
          Effect.flip,
        )
        assert.include(String(error), `no files were read, as the ConfigProvider has no ${prefix}HOME`)
        assert.include(String(error), `Set ${prefix}TILEDB_REST_TOKEN`)
      }
    }),
  )

  it.effect("without a credential the error names the files too", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load({}))
      for (const word of ["TILEDB_REST_TOKEN", profiles, cloud]) assert.include(String(error), word)
    }),
  )
})

describe("a file that is wrong is an error that names file and field, never the value", () => {
  const key = '{"X-TILEDB-REST-API-KEY":"hunter22hunter22"}'
  const wrong: Record<string, readonly [Parameters<typeof load>[1], path: ReadonlyArray<string>, hint: string]> = {
    "malformed JSON": [{ [cloud]: '{"password": hunter22hunter22}' }, [cloud], "not JSON"],
    "cut off": [{ [cloud]: '{"password": "hunter22hunter22' }, [cloud], "not JSON"],
    "a list": [{ [cloud]: '["hunter22hunter22"]' }, [cloud], "JSON object"],
    "a text": [{ [cloud]: '"hunter22hunter22"' }, [cloud], "JSON object"],
    "not UTF-8": [{ [cloud]: new Uint8Array([0xff, 0xfe, 0x7b, 0x00]) }, [cloud], "UTF-8"],
    unreadable: [{ [cloud]: "PermissionDenied" }, [cloud], "denied"],
    "a directory": [{ [cloud]: "BadResource" }, [cloud], "not a file"],
    busy: [{ [cloud]: "Busy" }, [cloud], "Busy"],
    "a host that is a number": [{ [cloud]: '{"host": 8080}' }, [cloud, "host"], "double quotes"],
    "a password that is a list": [
      { [cloud]: '{"password": ["hunter22hunter22"]}' },
      [cloud, "password"],
      "double quotes",
    ],
    "a password that is a number": [{ [cloud]: '{"password": 2222222222}' }, [cloud, "password"], "double quotes"],
    "an api_key that is a text": [
      { [cloud]: '{"api_key": "hunter22hunter22"}' },
      [cloud, "api_key"],
      'Expected an object, as in { "X-TILEDB-REST-API-KEY": "…" }',
    ],
    "verify_ssl that is a number": [{ [cloud]: '{"verify_ssl": 1}' }, [cloud, "verify_ssl"], "true or false"],
    "verify_ssl that is a word": [
      { [cloud]: `{"verify_ssl": "hunter22hunter22", "api_key": ${key}}` },
      [cloud, "verify_ssl"],
      "true or false",
    ],
    "verify_ssl that objects have": [
      { [cloud]: `{"verify_ssl": "constructor", "api_key": ${key}}` },
      [cloud, "verify_ssl"],
      "true or false",
    ],
    "rest.verify_ssl that objects have": [
      { [profiles]: `{"default": {"rest.verify_ssl": "constructor"}}`, [cloud]: `{"api_key": ${key}}` },
      [profiles, "default", "rest.verify_ssl"],
      "true or false",
    ],
    "a key in quotes": [
      { [cloud]: `{"api_key": {"X-TILEDB-REST-API-KEY": "'hunter22'"}}` },
      [cloud, "api_key.X-TILEDB-REST-API-KEY"],
      "quotes",
    ],
    "a key that no header can carry": [
      { [cloud]: '{"api_key": {"X-TILEDB-REST-API-KEY": "hunter22hunter22\\n"}}' },
      [cloud, "api_key.X-TILEDB-REST-API-KEY"],
      "white space",
    ],
    "a host with a password in it": [
      { [cloud]: `{"host": "https://ada:hunter22hunter22@api.tiledb.com", "api_key": ${key}}` },
      [cloud, "host"],
      "Credentials.basic",
    ],
    "the console as a host": [
      { [cloud]: `{"host": "https://app.tiledb.com", "api_key": ${key}}` },
      [cloud, "host"],
      "web console",
    ],
    "plain http": [{ [cloud]: `{"host": "http://api.tiledb.com", "api_key": ${key}}` }, [cloud, "host"], "https://"],
    "a profile that is a text": [{ [profiles]: '{"default": "hunter22hunter22"}' }, [profiles, "default"], "a profile"],
    "a token that is an object": [
      { [profiles]: `{"default": {"rest.token": ${key}}}` },
      [profiles, "default", "rest.token"],
      "double quotes",
    ],
    "profiles that are not JSON": [{ [profiles]: "hunter22hunter22" }, [profiles], "not JSON"],
  }
  for (const [what, [files, path, hint]] of Object.entries(wrong)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(load({}, files))
        assert.isTrue(ConfigError.isInvalidData(error))
        assert.deepStrictEqual("path" in error ? error.path : undefined, path)
        assert.include(String(error), hint)
        assert.notMatch(String(error) + JSON.stringify(error), /hunter22|2222222222/)
      }),
    )
  }

  it.effect("a profile that was asked for and is not there", () =>
    Effect.gen(function* () {
      const asked = { TILEDB_PROFILE_NAME: "wrok", TILEDB_REST_TOKEN: "tiledb_key" }
      const inFile = yield* Effect.flip(load(asked, { [profiles]: golden("profiles.json") }))
      assert.match(String(inFile), /profiles\.json\.wrok: "There is no such profile"/)
      const noFile = yield* Effect.flip(load(asked))
      assert.match(String(noFile), /profiles\.json\.wrok: "There is no such file/)
      for (const profile of ["constructor", "__proto__", "toString"]) {
        const error = yield* Effect.flip(load({}, { [profiles]: "{}" }, { profile }))
        assert.include(String(error), "There is no such profile")
      }
    }),
  )
})
