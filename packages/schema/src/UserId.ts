/**
 * The id of a user.
 *
 * @example
 * import { UserId } from "@effect-tiledb/schema"
 *
 * const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g") // throws on an e-mail address, a username or a path
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const documented = "a user id such as usr_9m4e2mr0ui3e8a215n4g"

// RFC 3986's unreserved characters: they need no escapes in a path, and every server reads them in the same way.
const form = /^(?:usr_[A-Za-z0-9._~-]+|(?=[A-Za-z-]*\d)[A-Za-z0-9-]{16,})$/

/** What to write instead; never the value itself. */
const hint = (text: string): string => {
  if (text === "self") return "; for the current user call getSelfUser"
  if (/^usr_/i.test(text)) return "; after usr_, in lower case, come letters, digits and - . _ ~"
  if (/^(?:ws|img)_/.test(text)) return "; this is the id of a workspace or a picture"
  const what = text.includes("@") ? "an e-mail address" : /^[\w.-]+$/.test(text) ? "a username" : undefined
  return what === undefined ? "" : `; this looks like ${what}: pass the id that createUser or getSelfUser returned`
}

// What the service may give as an id: one segment as it stands, and nothing that is known to be something else.
const given = /^(?!\.+$|self$|usr_$|(?!usr_)[Uu][Ss][Rr]_|(?:ws|img|tiledb)_)[A-Za-z0-9._~-]+$/

const description = "The id of a user: `usr_` and twenty characters of 0-9a-v"

const accepting = (accepted: RegExp) =>
  Schema.String.annotations({ description }).pipe(
    Schema.filter((text) => accepted.test(text) || `should be ${documented}${hint(text)}`, {
      jsonSchema: { pattern: form.source },
      arbitrary: () => (fc) => fc.stringMatching(/^usr_[0-9a-v]{20}$/),
    }),
    Schema.brand("UserId"),
    Schema.annotations({ identifier: "TileDBUserId", title: "UserId", description }),
  )

/**
 * The id of a user, as returned by createUser, getUser and getSelfUser. Make one of a plain string with
 * `UserId.make(text)`, which throws for an invalid id, or `Schema.decodeUnknown(UserId)`.
 *
 * A valid id is always exactly one path segment: `usr_` and any letters, digits, `-`, `.`, `_`, `~` (the documented
 * form has twenty of `0-9a-v`), or another opaque token, such as a UUID. To be distinct from a username, such a token
 * must have at least sixteen letters, digits and `-`, with a digit among them. Everything else is refused: `self`, `.`,
 * `..`, an e-mail address, a username, and any text with `/`, `?`, `#`, a space or a control character.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserId = accepting(form)

/**
 * The id of a user in a path: a `UserId`, or an id of another form that the service has given, such as `u1`. What can be
 * no id is refused: `self`, dots, an e-mail address, an API key, the id of a workspace or a picture, and any text that is
 * not letters, digits, `-`, `.`, `_` and `~`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GivenUserId = accepting(given)

/**
 * The id of a user; a plain string becomes one with `UserId.make(text)`.
 *
 * @since 0.1.0
 * @category models
 */
export type UserId = typeof UserId.Type
