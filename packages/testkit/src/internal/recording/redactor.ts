import * as Predicate from "effect/Predicate"
import { formsIn, haystackOf, type Needle, needlesOf } from "../canary/forms.js"
import * as Credential from "../deployment/credential.js"

/** Replaces a body with a secret in a form that cannot be cut out. */
const withheld = "<withheld: it held a secret>"

/** A shorter secret would be found in any text: it is only compared with whole values. */
const shortest = 4

const secretField = /password|passwd|secret|token|api_?key/i

/** The credential of a request as a recording shows it. */
export type Shown = string

/**
 * Replaces secrets by placeholders, numbered in the order of appearance. A recording and its replay use different
 * secrets, but agree on which of them are equal.
 */
export class Redactor {
  readonly #placeholders = new Map<string, string>()
  readonly #needles: Array<Needle> = []

  /** The placeholder of a secret. */
  hide = (secret: string): string => {
    const known = this.#placeholders.get(secret)
    if (known !== undefined) return known
    const placeholder = `<secret ${this.#placeholders.size + 1}>`
    this.#placeholders.set(secret, placeholder)
    if (secret.length >= shortest) this.#needles.push(...needlesOf(secret))
    return placeholder
  }

  /** The credential in the headers, without its secrets. */
  credential(headers: Readonly<Record<string, string | undefined>>): Shown {
    const credential = Credential.fromHeaders(headers["x-tiledb-rest-api-key"], headers.authorization)
    switch (credential._tag) {
      case "ApiKey":
        return `ApiKey ${this.hide(credential.key)}`
      case "Several":
        this.#hideAuthorization(headers.authorization)
        return `ApiKey ${this.hide(credential.key)} and Authorization`
      case "Basic":
        this.#hideAuthorization(headers.authorization)
        return `Basic ${credential.username} ${this.hide(credential.password)}`
      case "Bearer":
        return `Bearer ${this.hide(credential.token)}`
      default:
        this.#hideAuthorization(headers.authorization)
        return credential._tag
    }
  }

  #hideAuthorization(header: string | undefined): void {
    const [, value] = /^\S+ +(.+)$/.exec(header ?? "") ?? []
    // Only for the search: a Basic pair is shown as its parts.
    if (value !== undefined && value.length >= shortest) this.#needles.push(...needlesOf(value))
  }

  /** The JSON of a request's body. Fields with the name of a secret get placeholders. */
  request(text: string): unknown {
    if (text === "") return undefined
    try {
      return this.#fields(JSON.parse(text))
    } catch {
      return withheld
    }
  }

  #fields(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((entry) => this.#fields(entry))
    if (!Predicate.isRecord(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name,
        typeof field === "string" && secretField.test(name) ? this.hide(field) : this.#fields(field),
      ]),
    )
  }

  /** A text of the service with the secrets of all requests so far replaced; withheld if it still contains one. */
  text(text: string): string {
    let out = text
    for (const [secret, placeholder] of this.#placeholders) {
      if (secret.length >= shortest) out = out.replaceAll(secret, placeholder)
    }
    return formsIn(haystackOf(out), this.#needles).length === 0 ? out : withheld
  }
}
