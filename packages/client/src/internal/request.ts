import { type Operation, type OperationName, UserId } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TileDBError from "../TileDBError.js"
import type { Arguments, Call } from "../Users.js"
import { headerValueProblem } from "./headerValue.js"
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
  const problem = Redacted.isRedacted(token)
    ? headerValueProblem(Redacted.value(token))
    : "should be text inside Redacted: Redacted.make(…)"
  return problem === undefined ? [] : [{ path: "token", message: problem }]
}

const encode = (schema: NonNullable<Operation["request"]>, request: unknown) =>
  // Unknown fields are refused: a misspelt field that is silently dropped is a change that never happens.
  ParseResult.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(request)

const secretsOf = (request: unknown): ReadonlyArray<Redacted.Redacted<string>> =>
  typeof request === "object" && request !== null
    ? Object.values(request).filter((value): value is Redacted.Redacted<string> => Redacted.isRedacted(value))
    : []

/** Checks the arguments of a method and encodes them; nothing has been sent when it refuses. */
export const prepare = (
  operation: Operation & { readonly name: OperationName },
  input: Arguments,
): Either.Either<Call, TileDBError.InvalidRequest> => {
  const issues: Array<TileDBError.Issue> = []
  const call: { -readonly [Key in keyof Call]: Call[Key] } = { operation, path: operation.path, secrets: [] }
  if (operation.pathParameters.length > 0) {
    issues.push(...userIdIssues(input.userId))
    call.userId = input.userId
    call.path = operation.path.replace("{user_id}", String(input.userId))
  }
  if (operation.credential === "scopedToken") {
    issues.push(...tokenIssues(input.token))
    call.token = input.token
  }
  if (operation.request !== null) {
    const encoded = encode(operation.request, input.request)
    if (Either.isLeft(encoded)) issues.push(...fromParseIssue(encoded.left))
    else {
      call.body = Redacted.make(encoded.right)
      call.secrets = secretsOf(input.request)
    }
  }
  if (issues.length === 0) return Either.right(call)
  return Either.left(
    new TileDBError.InvalidRequest({
      operation: operation.name,
      issues,
      message: `${operation.name} was not sent: ${issues.map((_) => `${_.path || "the request"} ${_.message}`).join("; ")}`,
    }),
  )
}
