import type { Operation, UserId } from "@effect-tiledb/schema"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { ApiError } from "../../TileDBError.js"
import type { Call } from "../call.js"
import { cleaner } from "../secrets/redact.js"
import type { Secrets } from "../secrets/secretText.js"
import { defined } from "./failure.js"

/** What a call is about, as errors name it. */
export type Subject = Pick<ApiError, "subject" | "userId" | "username" | "email">

/** The name of a parameter as an argument: `userId` for `user_id`. */
export const argumentName = (parameter: string): string =>
  parameter.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The longest value that is shown. */
const longest = 200

/**
 * What the row's `subject` names, with the values that `valueOf` has. An e-mail address is not shown, nor a value that
 * would have to be cleaned.
 */
export const make = (
  { subject: names = [] }: Operation,
  valueOf: (name: string) => unknown,
  secrets: Secrets,
): Subject => {
  if (names.length === 0) return {}
  const clean = cleaner(secrets)
  const subject: Record<string, string> = {}
  for (const name of names) {
    const value = valueOf(name)
    if (typeof value === "string" && value !== "" && !value.includes("@") && clean(value, longest) === value) {
      subject[argumentName(name)] = value
    }
  }
  const { userId, username } = subject
  const email = names.includes("email") ? valueOf("email") : undefined
  return defined({
    subject: Object.keys(subject).length === 0 ? undefined : subject,
    userId: userId as UserId | undefined, // checked by the row's schema
    username,
    email: typeof email === "string" ? Redacted.make(email) : undefined,
  })
}

const bodyOf = (call: Call): unknown => (call.body === undefined ? undefined : Redacted.value(call.body))

/** What a call is about: the thing that its path names, or the one that it would create. */
export const subjectOf = (call: Call, secrets: Secrets = []): Subject => {
  const body = bodyOf(call)
  const fields = Predicate.isReadonlyRecord(body) ? body : {}
  return make(call.operation, (name) => call.parameters[name] ?? fields[name], [...call.secrets, ...secrets])
}

/** The texts inside a JSON value. */
const textsIn = (json: unknown): ReadonlyArray<string> =>
  typeof json === "string"
    ? [json]
    : typeof json === "object" && json !== null
      ? Object.values(json).flatMap(textsIn)
      : []

/** What no address contains; a text is split at it, as to look for addresses takes quadratic time. */
const aroundAddresses = /[\s<>()[\]{},;:"'`]+/

const isAddress = (text: string): boolean => text.includes("@")

/** The e-mail addresses that a call has sent, in its body, its query or its path, which no text shows. */
export const personal = (call: Call): Secrets => {
  const query = call.path.split("?")[1] ?? ""
  const texts = [...textsIn(bodyOf(call)), ...new URLSearchParams(query).values(), ...Object.values(call.parameters)]
  return Array.from(
    new Set(texts.filter(isAddress).flatMap((text) => [text, ...text.split(aroundAddresses).filter(isAddress)])),
    (text) => Redacted.make(text),
  )
}
