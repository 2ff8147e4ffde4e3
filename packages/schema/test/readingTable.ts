import { decodeResponse, encodeRequest, missingFields } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { answers, requests } from "./documented.js"

type Json = Readonly<Record<string, unknown>>

/** What may stand where a property should be. `odd` is of the right type, and not what one expects. */
const forms = (documented: unknown): Readonly<Record<string, unknown>> => {
  if (Array.isArray(documented)) return { "wrong type": {}, "odd form": [null, ...documented], empty: [] }
  switch (typeof documented) {
    case "boolean":
      return { "wrong type": "true", "odd form": 1, empty: "" }
    case "number":
      return { "wrong type": "1042", "odd form": 1042.5, empty: 0 }
    case "object":
      return { "wrong type": "text", "odd form": [documented], empty: {} }
    default:
      return /^\d{4}-/.test(String(documented))
        ? { "wrong type": 1769860800000, "odd form": "2025-02-29T12:00:00Z", empty: "" }
        : { "wrong type": 42, "odd form": "sonderbar\n☃", empty: "" }
  }
}

const show = (value: unknown): string => {
  if (DateTime.isDateTime(value)) {
    const text = DateTime.formatIso(value)
    return text.startsWith("0001-01-01") ? "zero time" : "the time"
  }
  if (Array.isArray(value)) return value.length === 0 ? "`[]`" : value.length === 1 ? "without the `null`" : "a list"
  if (typeof value === "object" && value !== null) {
    return missingFields(value).length > 0 ? "one of zero values" : "as it is"
  }
  return value === "" ? '`""`' : "as it is"
}

const outcome = (schema: Schema.Schema.AnyNoContext, wire: unknown, key: string): string => {
  const strict = decodeResponse(schema, { strict: true })(wire)
  return Either.match(decodeResponse(schema)(wire), {
    onLeft: () => "**refused**",
    onRight: ({ issues, value }) => {
      const properties: Json = value
      const read = Object.hasOwn(properties, key) ? show(properties[key]) : "absent"
      // What is told is what strict reading refuses: the two cannot be told apart in the table because they never differ.
      if (Either.isLeft(strict) !== issues.length > 0)
        throw new Error(`${key}: told ${issues.length}, strict ${strict}`)
      return issues.length > 0 ? `${read} ●` : read
    },
  })
}

const columns = ["absent", "null", "wrong type", "odd form", "empty"]

const rows = (name: string, schema: Schema.Schema.AnyNoContext, wire: Json): ReadonlyArray<ReadonlyArray<string>> =>
  Object.entries(wire).map(([key, documented]) => {
    const { [key]: _, ...others } = wire
    const values: Json = { null: null, ...forms(documented) }
    return [
      `\`${name}.${key}\``,
      ...columns.map((column) =>
        outcome(schema, column === "absent" ? others : { ...wire, [key]: values[column] }, key),
      ),
    ]
  })

const requestColumns = ["absent", "undefined", "null", "wrong type", "odd form", "empty"]

const sent = (schema: Schema.Schema.AnyNoContext, request: unknown, key: string): string =>
  Either.match(encodeRequest(schema)(request), {
    onLeft: () => "**refused**",
    onRight: (body: Json) => (Object.hasOwn(body, key) ? "sent as it is" : "left out"),
  })

const requestRows = (name: string, schema: Schema.Schema.AnyNoContext, wire: Json) => {
  const request: Json = Schema.decodeUnknownSync(schema)(wire)
  return Object.entries(request).map(([key, held]) => {
    const { [key]: _, ...others } = request
    const secret = Redacted.isRedacted(held)
    const odd = "sonderbar\n☃"
    const values: Json = {
      undefined: undefined,
      null: null,
      "wrong type": secret ? "in plain text" : 42,
      "odd form": secret ? Redacted.make(odd) : odd,
      empty: secret ? Redacted.make("") : "",
    }
    return [
      `\`${name}.${key}\``,
      ...requestColumns.map((column) =>
        sent(schema, column === "absent" ? others : { ...request, [key]: values[column] }, key),
      ),
    ]
  })
}

const table = (head: ReadonlyArray<string>, body: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body.map(line)].join("\n")
}

const document = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  requestRows: ReadonlyArray<ReadonlyArray<string>>,
): string => `# Reading and writing, property by property

\`test/readingTable.ts\` writes this page (\`npx vitest run --config vitest.workspace.ts packages/schema/test/response.test.ts -u\`),
and the test compares it: every model × every property × every kind of value, as \`decodeResponse\` reads it and
\`encodeRequest\` sends it.

## Responses

- **refused**: the response cannot be read. All other values are read.
- ● is reported: at debug, on the call's span, and in \`issues\` of \`decodeResponse\`. With \`strict\` exactly these are refused.
- "zero time" is Go's, \`0001-01-01T00:00:00Z\`; "one of zero values" is an object whose properties all have the value for an absent one.
- "odd form" has the right type and an unexpected value: a text with a line break, 29 February 2025, a list that contains \`null\`.

${table(["property", ...columns], rows)}

Unknown properties are kept (\`unknownFields\`), and reported only with \`strict\`. \`ErrorResponse\`, \`ValidationError\` and
\`ValidationErrorField\` are read exactly as documented: they distinguish the service's error from a proxy's.

## Requests

${table(["property", ...requestColumns], requestRows)}

Other properties are refused by name. From a copy of a user (\`{ ...user, display_name }\`) updateUser sends only properties that can be
updated and that the user's response had. The service decides which passwords and names are valid.
`

/** The table of `reading.md`. */
export const readingTable = (): string =>
  document(
    Object.entries(answers).flatMap(([name, { schema, wire }]) => rows(name, schema, wire)),
    Object.entries(requests).flatMap(([name, { schema, wire }]) => requestRows(name, schema, wire)),
  )
