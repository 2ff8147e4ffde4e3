import type { Operation } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import type { Failure } from "./failure.js"
import { fromParseIssue } from "./issues.js"

type Decoder = ReturnType<typeof ParseResult.decodeUnknownEither<{ readonly data: unknown }, unknown>>

/** Compiled once per schema, on its first use, so that a program pays only for the operations it calls. */
const decoders = new WeakMap<object, Decoder>()

const decoderOf = (schema: NonNullable<Operation["success"]>): Decoder => {
  const known = decoders.get(schema)
  if (known !== undefined) return known
  const decoder: Decoder = ParseResult.decodeUnknownEither(schema)
  decoders.set(schema, decoder)
  return decoder
}

/** An answer that is not much longer than a user is searched for everything that is wrong with it. */
const thorough = 8 * 1024

/** Reads a success body and takes it out of its `{ "data": … }` envelope. */
export const decode = (
  schema: NonNullable<Operation["success"]>,
  status: number,
  text: string,
): Effect.Effect<unknown, Failure> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return Effect.fail<Failure>({ _tag: "Decode", status, reason: "Json", issues: [] })
  }
  const decoder = decoderOf(schema)
  const decoded = decoder(json)
  if (decoded._tag === "Right") return Effect.succeed(decoded.right.data)
  // A megabyte may have a million things wrong with it, and all of them together take a gigabyte to say.
  const all = text.length <= thorough ? decoder(json, { errors: "all" }) : decoded
  const issues = all._tag === "Left" ? fromParseIssue(all.left) : []
  return Effect.fail<Failure>({ _tag: "Decode", status, reason: "Schema", issues })
}
