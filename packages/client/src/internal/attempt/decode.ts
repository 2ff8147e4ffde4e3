import { type Decoded, decodeResponse, type Operation, type ResponseIssue } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Issue } from "../../TileDBError.js"
import { type Failure, isDocumented, jsonObject } from "../failure/failure.js"

/** How responses are decoded: deviations from the documentation are reported, or fail the call. */
export type Decoding = "lenient" | "strict"

type Reader = (json: unknown) => Either.Either<Decoded<unknown>, ReadonlyArray<ResponseIssue>>

/** Created once per operation, on its first response, so that a program pays only for the operations it calls. */
const readers = { lenient: new WeakMap<Operation, Reader>(), strict: new WeakMap<Operation, Reader>() }

const readerOf = (operation: Operation, decoding: Decoding): Reader => {
  const known = readers[decoding].get(operation)
  // Stryker disable next-line ConditionalExpression: saves making the reader again, which reads the same
  if (known !== undefined) return known
  const reader: Reader = decodeResponse(operation.success ?? Schema.Void, { strict: decoding === "strict" })
  readers[decoding].set(operation, reader)
  return reader
}

/** The part of a decoded body that is the operation's result. */
const resultOf = ({ result }: Operation, body: unknown): unknown =>
  result === "body" ? body : Predicate.hasProperty(body, "data") ? body.data : undefined

/** Paths in a response may contain names that the service has chosen. */
const longestPath = 200

/** How a response is decoded, and how deviations are reported. */
export interface DecodeOptions {
  readonly decoding: Decoding
  /** Reports malformed parts of a response that could be decoded nevertheless. */
  readonly report: (issues: ReadonlyArray<ResponseIssue>) => void
}

/** The parts of a response besides its body. */
export interface Head {
  readonly status: number
  /** The media type, without parameters; `undefined` if there is none that may be shown. */
  readonly mediaType: () => string | undefined
  /** Makes text from the service safe to show. */
  readonly clean: (text: string, limit: number) => string
}

/** A response with a success status that is not a success. */
const unreadable = (
  { clean, mediaType, status }: Head,
  text: string,
  reason: "Charset" | "Json" | "Schema",
  issues: ReadonlyArray<Issue>,
): Effect.Effect<never, Failure> => {
  const json = jsonObject(text)
  const data = json?.data
  const isData = Predicate.isRecord(data) || Array.isArray(data)
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
    outcome: isData || (json !== undefined && isDocumented(json)) ? "Done" : "Unknown",
    requestId: told(json?.request_id),
    id: Predicate.isRecord(data) ? told(data.id) : undefined,
  })
}

/** Decodes a success body and takes the operation's result out of it. */
export const decode = (
  operation: Operation,
  head: Head,
  text: string,
  { decoding, report }: DecodeOptions,
): Effect.Effect<unknown, Failure> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return unreadable(head, text, "Json", [])
  }
  const read = readerOf(operation, decoding)(json)
  if (Either.isRight(read) && read.right.issues.length === 0) {
    return Effect.succeed(resultOf(operation, read.right.value))
  }
  const found = Either.isRight(read) ? read.right.issues : read.left
  const issues = found.map(({ message, path }) => ({ path: head.clean(path, longestPath), message }))
  if (Either.isLeft(read)) return unreadable(head, text, "Schema", issues)
  report(issues)
  return Effect.succeed(resultOf(operation, read.right.value))
}

/** The response is not text in its charset; its readable part shows whether it is the service's. */
export const notText = (head: Head, charset: string, readable: string): Effect.Effect<never, Failure> =>
  unreadable(head, readable, "Charset", [{ path: "", message: `is not ${charset}` }])

/**
 * Accepts the response of an operation without a success body whose status is not the documented one. An empty body, or
 * JSON, may come from a newer service. `text` is `undefined` if the body does not arrive: then its media type decides.
 */
export const decodeNothing = (head: Head, text: string | undefined): Effect.Effect<void, Failure> => {
  if (text === undefined) {
    return isJsonType(head.mediaType()) ? Effect.void : unreadable(head, " ", "Json", [])
  }
  if (text.trim() === "") return Effect.void
  try {
    JSON.parse(text)
    return Effect.void
  } catch {
    return unreadable(head, text, "Json", [])
  }
}

const isJsonType = (mediaType: string | undefined): boolean => /^application\/(?:[\w.-]+\+)?json$/.test(mediaType ?? "")
