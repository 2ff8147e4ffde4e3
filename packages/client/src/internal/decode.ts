import { type AnswerIssue, decodeAnswer, type Operation, type Answer as Read } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Issue } from "../TileDBError.js"
import { type Failure, isDocumented, jsonObject } from "./failure.js"

/** How answers are read: what is not as documented is told, or it fails the call. */
export type Decoding = "lenient" | "strict"

type Reader = (json: unknown) => Either.Either<Read<{ readonly data: unknown }>, ReadonlyArray<AnswerIssue>>

/** Made once per schema, on its first use, so that a program pays only for the operations it calls. */
const readers = { lenient: new WeakMap<object, Reader>(), strict: new WeakMap<object, Reader>() }

const readerOf = (schema: NonNullable<Operation["success"]>, decoding: Decoding): Reader => {
  const known = readers[decoding].get(schema)
  if (known !== undefined) return known
  const reader: Reader = decodeAnswer(schema, { strict: decoding === "strict" })
  readers[decoding].set(schema, reader)
  return reader
}

/** The paths in an answer may hold names of the service's choice. */
const longestPath = 200

/** How an answer is read, and what is done with what is found in it. */
export interface DecodeOptions {
  readonly decoding: Decoding
  /** Tells what was malformed in an answer that could be read all the same. */
  readonly tell: (issues: ReadonlyArray<AnswerIssue>) => Effect.Effect<void>
}

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
    // Others answer with JSON too: the service's answers are in an envelope, or the Error that it documents.
    outcome: data !== undefined || (json !== undefined && isDocumented(json)) ? "Done" : "Unknown",
    request_id: told(json?.request_id),
    userId: told(data?.id),
  })
}

/** Reads a success body and takes it out of its `{ "data": … }` envelope. */
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
