import { type Decoded, decodeResponse, type Operation, type ResponseIssue } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Issue } from "../../TileDBError.js"
import type { Call } from "../call.js"
import { type Failure, isPage, jsonObject } from "../failure/failure.js"
import { memoised } from "../runtime/memoised.js"

/** How responses are decoded: deviations from the documentation are reported, or fail the call. */
export type Decoding = "lenient" | "strict"

type Reader = (json: unknown) => Either.Either<Decoded<unknown>, ReadonlyArray<ResponseIssue>>

/** Created once per operation, on its first response, so that a program pays only for the operations it calls. */
const readersOf = (decoding: Decoding) =>
  memoised(
    ({ success }: Operation): Reader => decodeResponse(success ?? Schema.Void, { strict: decoding === "strict" }),
    new WeakMap(),
  )

const readers = { lenient: /*#__PURE__*/ readersOf("lenient"), strict: /*#__PURE__*/ readersOf("strict") }

/** The part of a decoded body that is the operation's result. */
const resultOf = ({ result }: Operation, body: unknown): unknown =>
  result === "body" ? body : Predicate.hasProperty(body, "data") ? body.data : undefined

/** Paths in a response may contain names that the service has chosen. */
const longestPath = 200

/** How a response is decoded, to a call with which parameters, and how deviations are reported. */
export interface DecodeOptions {
  readonly parameters?: Call["parameters"]
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

/** The object or list in the service's envelope. */
const dataOf = (json: ReturnType<typeof jsonObject>): object | undefined =>
  Predicate.isRecord(json?.data) || Array.isArray(json?.data) ? json.data : undefined

/** A response with a success status that is not a success. */
const unreadable = (
  { clean, mediaType, status }: Head,
  text: string,
  reason: "Charset" | "Json" | "Schema",
  issues: ReadonlyArray<Issue>,
): Effect.Effect<never, Failure> => {
  const json = jsonObject(text)
  const data = dataOf(json)
  // A value that would have to be altered to be shown is unusable.
  const told = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" && clean(value, 200) === value ? value : undefined
  return Effect.fail<Failure>({
    _tag: "Decode",
    status,
    reason,
    issues,
    mediaType: text === "" ? undefined : (mediaType() ?? "a body without Content-Type"),
    // Other servers respond with JSON too: the service's successes are in an envelope.
    outcome: data !== undefined && !isPage(mediaType()) ? "Done" : "Unknown",
    requestId: told(json?.request_id),
    id: Predicate.isRecord(data) ? told(data.id) : undefined,
  })
}

/** Whether a result has another id than the one at the end of the path, of the same name (`user_id`) or called `id`. */
const isAnother = ({ path }: Operation, parameters: Call["parameters"], result: unknown): boolean => {
  const name = /\{(\w+_id)\}$/.exec(path)?.[1] ?? ""
  const key = Predicate.hasProperty(result, name) ? name : "id"
  return name in parameters && Predicate.hasProperty(result, key) && String(result[key]) !== parameters[name]
}

/** Decodes a success body and takes the operation's result out of it. */
export const decode = (
  operation: Operation,
  head: Head,
  text: string,
  { decoding, parameters = {}, report }: DecodeOptions,
): Effect.Effect<unknown, Failure> => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return unreadable(head, text, "Json", [])
  }
  const read = readers[decoding](operation)(json)
  const found = Either.isRight(read) ? read.right.issues : read.left
  const issues = found.map(({ message, path }) => ({ path: head.clean(path, longestPath), message }))
  if (Either.isLeft(read)) return unreadable(head, text, "Schema", issues)
  const result = resultOf(operation, read.right.value)
  if (isAnother(operation, parameters, result)) {
    return unreadable(head, text, "Schema", [{ path: "data", message: "is not the one requested" }])
  }
  if (issues.length > 0) report(issues)
  return Effect.succeed(result)
}

/** The response is not text in its charset; its readable part shows whether it is the service's. */
export const notText = (head: Head, charset: string, readable: string): Effect.Effect<never, Failure> =>
  unreadable(head, readable, "Charset", [{ path: "", message: `is not ${charset}` }])

/**
 * Accepts the response of an operation without a success body whose status is not the documented one, if it is empty and
 * says no other type than JSON, or is in the service's envelope. `text` is `undefined` if the body does not arrive.
 */
export const decodeNothing = (head: Head, text: string | undefined): Effect.Effect<void, Failure> => {
  const type = head.mediaType()
  const json = jsonObject(text ?? "")
  const counts = text?.trim() === "" ? type === undefined || isJsonType.test(type) : dataOf(json) !== undefined
  if (counts && !isPage(type)) return Effect.void
  // Not the empty text: an empty page is named by its type.
  return unreadable(head, text || " ", json === undefined ? "Json" : "Schema", [])
}

const isJsonType = /^application\/(?:[\w.-]+\+)?json$/
