/**
 * What it costs to read one user, per call: `decodeResponse` beside Effect Schema and beside JSON.parse. Medians of
 * interleaved rounds; the ratios count, not the times. With `--check` fails when reading costs more than it should.
 */
import { decodeResponse, User, UserGetResponse } from "@effect-tiledb/schema"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  image_id: "img_9m4e2mr0ui3e8a215n4g",
  email: "ada@example.com",
  is_valid_email: true,
  role: "owner",
  username: "ada",
  timezone: "Europe/Athens",
  created_at: "2026-01-31T12:00:00.123Z",
  updated_at: "2026-02-01T12:00:00.000Z",
}
const wire = { data: user }
const text = JSON.stringify(wire)
const later = { data: { ...user, plan: { seats: 3 } } }
const odd = { data: { ...user, timezone: null, updated_at: "" } }

const read = decodeResponse(UserGetResponse)
const strictly = decodeResponse(UserGetResponse, { strict: true })
const decodeClass = ParseResult.decodeUnknownEither(UserGetResponse)
const decodeStruct = ParseResult.decodeUnknownEither(Schema.Struct({ data: Schema.Struct(User.fields) }))
const isEncoded = ParseResult.is(Schema.encodedSchema(UserGetResponse))

const contestants: Readonly<Record<string, () => unknown>> = {
  "Schema, the class": () => decodeClass(wire),
  "Schema, a struct": () => decodeStruct(wire),
  "Schema.is of the wire, alone": () => isEncoded(wire),
  decodeResponse: () => read(wire),
  "decodeResponse, strict": () => strictly(wire),
  "decodeResponse, an unknown property": () => read(later),
  "decodeResponse, two malformed": () => read(odd),
  "JSON.parse, for comparison": () => JSON.parse(text),
}

const rounds = 15
const calls = 20_000

const times = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]))
for (let round = -3; round < rounds; round++) {
  for (const [name, run] of Object.entries(contestants)) {
    const started = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) run()
    const micros = Number(process.hrtime.bigint() - started) / calls / 1000
    if (round >= 0) times.get(name)?.push(micros)
  }
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const medians = new Map([...times].map(([name, values]) => [name, median(values)]))
const whole = medians.get("Schema, the class") ?? 0
for (const [name, micros] of medians) {
  console.log(`${name.padEnd(34)} ${micros.toFixed(2).padStart(6)} µs ${(micros / whole).toFixed(2).padStart(6)} ×`)
}

// Measured at 0.25 to 0.33; the rest is margin for a machine that does other things too.
const bound = 0.5
const ratio = (medians.get("decodeResponse") ?? 0) / whole
if (process.argv.includes("--check") && !(ratio <= bound)) {
  console.error(`decodeResponse costs ${ratio.toFixed(2)} of what Schema does, more than ${bound}`)
  process.exitCode = 1
}
