import type { ValidationErrorField } from "@effect-tiledb/schema"
import * as Predicate from "effect/Predicate"
import type * as TileDBError from "../../TileDBError.js"
import { cleaner } from "../secrets/redact.js"
import type { Secrets } from "../secrets/secretText.js"

/** The body of an error response, as far as it can be read; it comes from the service and is not trusted. */
interface ErrorBody {
  readonly message?: string
  readonly requestId?: string
  readonly code?: number
  readonly validationError?: { readonly fields: ReadonlyArray<ValidationErrorField> }
}

/** The failure of one attempt, before it is known whether it was the last. */
export type Failure =
  | {
      readonly _tag: "Status"
      readonly status: number
      readonly retryAfter: number | undefined
      readonly body: ErrorBody
      /** Whether the body is the documented Error, and so the service's own response. */
      readonly ofService: boolean
      /** What arrived in place of the Error; `undefined` only if the body is complete, empty and not a page. */
      readonly mediaType: string | undefined
    }
  | {
      readonly _tag: "Transport"
      readonly reason: TileDBError.TransportReason
      readonly acted: boolean
      readonly detail?: string
      readonly from?: string
      readonly to?: string
      readonly retryAfter?: number
    }
  | {
      readonly _tag: "Decode"
      readonly status: number
      readonly reason: TileDBError.DecodeReason
      readonly issues: ReadonlyArray<TileDBError.Issue>
      /** `Done` if the response is recognisably the service's. */
      readonly outcome: "Done" | "Unknown"
      /** The media type of the response; `undefined` if it has no body. */
      readonly mediaType: string | undefined
      readonly requestId?: string | undefined
      /** The id of the thing in the response. */
      readonly id?: string | undefined
    }

/** The failures of one kind. */
export type Of<Tag extends Failure["_tag"]> = Extract<Failure, { readonly _tag: Tag }>

/** The fields without those that are `undefined`. */
export const defined = <A extends object>(fields: A): { readonly [Name in keyof A]?: Exclude<A[Name], undefined> } =>
  // What is filtered has no such values.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as typeof fields

export const transport = (
  reason: TileDBError.TransportReason,
  acted: boolean,
  more: { readonly [Part in "detail" | "from" | "to"]?: string | undefined } & { readonly retryAfter?: number } = {},
): Failure => ({ _tag: "Transport", reason, acted, ...defined(more) })

/** The failure in one word, for attempts, logs, spans and metrics. */
export const reasonOf = (failure: Failure): string =>
  failure._tag === "Status" ? String(failure.status) : failure._tag === "Transport" ? failure.reason : "Decode"

const limits = { message: 1000, requestId: 200, field: 200, fields: 100 }

type Json = { readonly [key: string]: unknown }

/** A body as JSON, if it is an object, as all of the service's are. */
export const jsonObject = (text: string): Json | undefined => {
  try {
    const json: unknown = JSON.parse(text)
    return Predicate.isRecord(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** Whether a media type is that of a page: the service has none. */
export const isPage = (mediaType: string | undefined): boolean =>
  mediaType === "text/html" || mediaType === "application/xhtml+xml"

/** Whether a body has the fields that the document gives every Error. */
const isDocumented = (json: Json): boolean =>
  Number.isInteger(json.code) && typeof json.message === "string" && typeof json.request_id === "string"

/** Reads the body of an error response; `text` is `undefined` if the body did not arrive whole. */
export const status = (
  status: number,
  text: string | undefined,
  secrets: Secrets,
  mediaType?: string | undefined,
  retryAfter?: number | undefined,
): Of<"Status"> => {
  const json = text === undefined ? undefined : jsonObject(text)
  const isEmpty = text === "" && !isPage(mediaType)
  const type = text === undefined ? "an incomplete body" : (mediaType ?? "a body without Content-Type")
  return {
    _tag: "Status",
    status,
    retryAfter,
    mediaType: isEmpty ? undefined : type,
    ofService: json !== undefined && isDocumented(json),
    body: json === undefined ? {} : errorBody(json, secrets),
  }
}

/** Where gateways write a message: in problem+json, in OAuth's errors, in an error or the first of several. */
const places = ["title", "detail", "error", "error_description", "errors", "0"]

/** What went wrong, in the words of a body: its `message`, else what stands in those places. */
const wordsOf = (json: unknown, depth = 0): string => {
  if (typeof json === "string") return json
  if (typeof json !== "object" || json === null || depth > 3) return ""
  const inside = (place: string) => wordsOf(Reflect.get(json, place), depth + 1)
  return inside("message") || places.map(inside).filter(Boolean).join(": ")
}

/** Reads an Error body leniently: each part independently. */
const errorBody = (json: Json, secrets: Secrets): ErrorBody => {
  const clean = cleaner(secrets)
  const said = (value: unknown, limit: number): string | undefined =>
    typeof value === "string" ? clean(value, limit) || undefined : undefined
  // A password may be all digits, and a server may echo it as a number.
  const code = Number.isSafeInteger(json.code) ? Number(said(String(json.code), 20)) : Number.NaN
  const validation = json.validation_error
  const fields = Predicate.isRecord(validation) && Array.isArray(validation.fields) ? validation.fields : undefined
  return defined({
    message: said(wordsOf(json), limits.message),
    requestId: said(json.request_id, limits.requestId),
    code: Number.isNaN(code) ? undefined : code,
    validationError: fields && {
      fields: fields
        .filter(Predicate.isRecord)
        .slice(0, limits.fields)
        .map((entry) => ({
          field: said(entry.field, limits.field) ?? "",
          message: said(entry.message, limits.message) ?? "",
        })),
    },
  })
}
