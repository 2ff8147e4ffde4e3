import { type ResponseIssue, decodeResponse, type Operation, type Answer as Read } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Issue } from "../../TileDBError.js"
import { type Failure, isDocumented, jsonObject } from "../failure/failure.js"

/** How responses are decoded: deviations from the documentation are reported, or fail the call. */
export type Decoding = "lenient" | "strict"

type Reader = (json: unknown) => Either.Either<Read<{ readonly data: unknown }>, ReadonlyArray<ResponseIssue>>

/** Created once per schema, on its first use, so that a program pays only for the operations it calls. */
const readers = { lenient: new WeakMap<object, Reader>(), strict: new WeakMap<object, Reader>() }

const readerOf = (schema: NonNullable<Operation["success"]>, decoding: Decoding): Reader => {
  const known = readers[decoding].get(schema)
  if (known !== undefined) return known
  const reader: Reader = decodeResponse(schema, { strict: decoding === "strict" })
  readers[decoding].set(schema, reader)
  return reader
}

/** Paths in a response may contain names that the service has chosen. */
const longestPath = 200

/** How a response is decoded, and how deviations are reported. */
export interface DecodeOptions {
  readonly decoding: Decoding
  /** Reports malformed parts of a response that could be decoded nevertheless. */
  readonly tell: (issues: ReadonlyArray<ResponseIssue>) => Effect.Effect<void>
}

/** The parts of a response besides its body. */
export interface Answer {
  readonly status: number
  /** The media type, without parameters; `undefined` if there is none that may be shown. */
  readonly mediaType: () => string | undefined
  /** Makes text from the service safe to show. */
  readonly clean: (text: string, limit: number) => string
}

/** A response with a success status that is not a success. */
const unreadable = (
  { clean, mediaType, status }: Answer,
  text: string,
  reason: "Charset" | "Json" | "Schema",
  issues: ReadonlyArray<Issue>,
): Effect.Effect<never, Failure> => {
  const json = jsonObject(text)
  const data = Predicate.isRecord(json?.data) ? json.data : undefined
  // A value that would have to be altered to be shown is unusable.
  const told = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" && clean(value, 200) === value ? value : undefined
  return Effect.fail<Failure>({
    _tag: "Decode",
    status,
    reason,
    issues,
    mediaType: text === "" ? undefined : (mediaType() ?? "a body without a type"),
    // Other servers respond with JSON too: the service's responses are in an envelope, or the documented Error.
    outcome: data !== undefined || (json !== undefined && isDocumented(json)) ? "Done" : "Unknown",
    request_id: told(json?.request_id),
    userId: told(data?.id),
  })
}

/** Decodes a success body and takes it out of its `{ "data": … }` envelope. */
export const decode = (
  schema: NonNullable<Operation["success"]>,
  answer: Answer,
  text: string,
  { decoding, tell }: DecodeOptions,
): Effect.Effect<unknown, Failure> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return unreadable(answer, text, "Json", [])
  }
  const read = readerOf(schema, decoding)(json)
  if (Either.isRight(read) && read.right.issues.length === 0) return Effect.succeed(read.right.value.data)
  const found = Either.isRight(read) ? read.right.issues : read.left
  const issues = found.map(({ message, path }) => ({ path: answer.clean(path, longestPath), message }))
  return Either.isRight(read)
    ? Effect.as(tell(issues), read.right.value.data)
    : unreadable(answer, text, "Schema", issues)
}

/** The response is not text in its charset; its readable part shows whether it is the service's. */
export const notText = (answer: Answer, charset: string, readable: string): Effect.Effect<never, Failure> =>
  unreadable(answer, readable, "Charset", [{ path: "", message: `is not ${charset}` }])

/**
 * Accepts the response of an operation without a success body whose status is not the documented one. An empty body, or
 * JSON, may come from a newer service. `text` is `undefined` if the body does not arrive: then its media type decides.
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
