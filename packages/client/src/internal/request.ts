import { type Operation, UserId } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TileDBError from "../TileDBError.js"
import type { Arguments, Call } from "../Users.js"
import { cleaner } from "./clean.js"
import { headerValueProblem, textInside } from "./headerValue.js"
import { fromParseIssue } from "./issues.js"

const isUserId = Schema.is(UserId)

const userIdIssues = (userId: unknown): ReadonlyArray<TileDBError.Issue> => {
  if (isUserId(userId)) return []
  const hint = userId === "self" ? "; for the current user call getSelfUser" : ""
  return [
    {
      path: "userId",
      message: `should be a user id such as usr_9m4e2mr0ui3e8a215n4g (usr_ and twenty characters of 0-9a-v)${hint}`,
    },
  ]
}

const tokenIssues = (token: unknown): ReadonlyArray<TileDBError.Issue> => {
  const problem = headerValueProblem(token)
  return problem === undefined ? [] : [{ path: "token", message: problem }]
}

const encode = (
  schema: NonNullable<Operation["request"]>,
  request: unknown,
): Either.Either<unknown, ReadonlyArray<TileDBError.Issue>> => {
  try {
    // Unknown fields are refused: a misspelt field that is silently dropped is a change that never happens.
    const encoded = ParseResult.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(request)
    return Either.mapLeft(encoded, fromParseIssue)
  } catch {
    // A secret that has been wiped, or a getter of the caller's: what it throws may quote what it holds.
    return Either.left([{ path: "", message: "cannot be read" }])
  }
}

const secretsOf = (of: unknown): ReadonlyArray<Redacted.Redacted<string>> => {
  try {
    return Object.values(Object(of)).filter(
      (value): value is Redacted.Redacted<string> => textInside(value) !== undefined,
    )
  } catch {
    return []
  }
}

/** A caller's object may have fields of any name. */
const longestPath = 100

const refuse = (
  operation: Call["operation"],
  input: Arguments,
  found: ReadonlyArray<TileDBError.Issue>,
): TileDBError.InvalidRequest => {
  const clean = cleaner([...secretsOf(input), ...secretsOf(input.request)])
  const issues = found.map(({ message, path }) => ({ path: clean(path, longestPath), message }))
  return new TileDBError.InvalidRequest({
    operation: operation.name,
    issues,
    message: `${operation.name} was not sent: ${issues.map((_) => `${_.path || "the request"} ${_.message}`).join("; ")}`,
  })
}

/** Checks the arguments of a method and encodes them; nothing has been sent when it refuses. */
export const prepare = (
  operation: Call["operation"],
  input: Arguments,
): Either.Either<Call, TileDBError.InvalidRequest> => {
  const issues: Array<ReadonlyArray<TileDBError.Issue>> = []
  const call: { -readonly [Key in keyof Call]: Call[Key] } = { operation, path: operation.path, secrets: [] }
  if (operation.pathParameters.length > 0) {
    const found = userIdIssues(input.userId)
    issues.push(found)
    if (found.length === 0) {
      call.userId = input.userId
      call.path = operation.path.replace("{user_id}", String(input.userId))
    }
  }
  if (operation.credential === "scopedToken") {
    issues.push(tokenIssues(input.token))
    call.token = input.token
  }
  if (operation.request !== null) {
    const encoded = encode(operation.request, input.request)
    if (Either.isLeft(encoded)) issues.push(encoded.left)
    else {
      call.body = Redacted.make(encoded.right)
      call.secrets = secretsOf(input.request)
    }
  }
  const found = issues.flat()
  return found.length === 0 ? Either.right(call) : Either.left(refuse(operation, input, found))
}
