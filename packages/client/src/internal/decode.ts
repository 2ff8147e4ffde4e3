import type { Operation } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import type { Issue } from "../TileDBError.js"
import { type Failure, jsonObject } from "./failure.js"
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

/** What is to be known of the answer around the body. */
export interface Answer {
  readonly status: number
  /** The media type, without parameters; `undefined` where there is none that could be shown. */
  readonly mediaType: () => string | undefined
  /** Makes what the service said fit to be shown. */
  readonly clean: (text: string, limit: number) => string
}

/** An answer that has the status of a success and cannot be taken for one. */
const unreadable = (
  { clean, mediaType, status }: Answer,
  text: string,
  reason: "Charset" | "Json" | "Schema",
  issues: ReadonlyArray<Issue>,
): Effect.Effect<never, Failure> => {
  const json = jsonObject(text)
  const data = Predicate.isRecord(json?.data) ? json.data : undefined
  // What would have to be changed to be shown is nothing to go by.
  const told = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" && clean(value, 200) === value ? value : undefined
  return Effect.fail<Failure>({
    _tag: "Decode",
    status,
    reason,
    issues,
    mediaType: text === "" ? undefined : (mediaType() ?? "a body without a type"),
    outcome: json === undefined ? "Unknown" : "Done",
    request_id: told(json?.request_id),
    userId: told(data?.id),
  })
}

/** Reads a success body and takes it out of its `{ "data": … }` envelope. */
export const decode = (
  schema: NonNullable<Operation["success"]>,
  answer: Answer,
  text: string,
): Effect.Effect<unknown, Failure> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return unreadable(answer, text, "Json", [])
  }
  const decoder = decoderOf(schema)
  const decoded = decoder(json)
  if (decoded._tag === "Right") return Effect.succeed(decoded.right.data)
  // A megabyte may have a million things wrong with it, and all of them together take a gigabyte to say.
  const all = text.length <= thorough ? decoder(json, { errors: "all" }) : decoded
  return unreadable(answer, text, "Schema", all._tag === "Left" ? fromParseIssue(all.left) : [])
}

/** The answer is not text in its charset; as far as it is readable, it tells whose it is. */
export const notText = (answer: Answer, charset: string, readable: string): Effect.Effect<never, Failure> =>
  unreadable(answer, readable, "Charset", [{ path: "", message: `is not ${charset}` }])

/**
 * Takes the answer of an operation that has none to read, but not with the status that the document gives it: nothing, or
 * JSON, is what the service may have come to answer. `text` is `undefined` where the body does not come: then its type
 * decides.
 */
export const decodeNothing = (answer: Answer, text: string | undefined): Effect.Effect<void, Failure> => {
  if (text === undefined) {
    return isJsonType(answer.mediaType()) ? Effect.void : unreadable(answer, " ", "Json", [])
  }
  if (text.trim() === "") return Effect.void
  try {
    JSON.parse(text)
    return Effect.void
  } catch {
    return unreadable(answer, text, "Json", [])
  }
}

const isJsonType = (mediaType: string | undefined): boolean => /^application\/(?:[\w.-]+\+)?json$/.test(mediaType ?? "")
