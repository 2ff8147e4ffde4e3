import * as UrlParams from "@effect/platform/UrlParams"
import { encodeRequest, type Operation, UserId } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as TileDBError from "../../TileDBError.js"
import type { Arguments, Call } from "../call.js"
import { fromParseIssue } from "../failure/issues.js"
import { invalidRequest, type Subject, toCreate } from "../failure/toError.js"
import { cleaner } from "../secrets/redact.js"
import { headerValueProblem, textInside } from "../secrets/secretText.js"

/** The rule for a path parameter: what to write instead of an invalid value. */
type ParameterRule = (value: unknown) => string | undefined

const decodeUserId = ParseResult.decodeUnknownEither(UserId)

const parameterRules: { readonly [name: string]: ParameterRule | undefined } = {
  user_id: (value) =>
    Either.match(decodeUserId(typeof value === "string" ? value : ""), {
      onLeft: (issue) => fromParseIssue(issue)[0]?.message,
      onRight: () => undefined,
    }),
}

/** Any other parameter must be exactly one path segment without escapes. */
const segment: ParameterRule = (value) =>
  typeof value === "string" && /^[\w~-][\w.~-]*$/.test(value)
    ? undefined
    : "should be a text of letters, digits, hyphens and underscores"

/** The name of a parameter as an argument: `userId` for `user_id`. */
const argumentName = (parameter: string): string =>
  parameter.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const parameterIssues = (name: string, value: unknown): ReadonlyArray<TileDBError.Issue> => {
  const message = (parameterRules[name] ?? segment)(value)
  return message === undefined ? [] : [{ path: argumentName(name), message }]
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
    return Either.mapLeft(encodeRequest(schema)(request), fromParseIssue)
  } catch {
    // A secret may be wiped, or a getter of the caller may throw: the error may quote the secret.
    return Either.left([{ path: "", message: "cannot be read" }])
  }
}

type Secrets = ReadonlyArray<Redacted.Redacted<string>>

/** Decodes an encoded field: whether it is secret depends on the decoded value, not on the name of its schema. */
const read = (ast: AST.AST, encoded: string): Option.Option<unknown> =>
  ParseResult.decodeUnknownOption(Schema.make<unknown, string>(ast))(encoded)

const isSecret = (value: unknown): value is Redacted.Redacted<string> => textInside(value) !== undefined

/** The secrets of a request, as they were encoded: the texts that its schema has inside `Redacted`. */
const secretsSent = (ast: AST.AST, encoded: unknown): Secrets => {
  switch (ast._tag) {
    case "TypeLiteral":
      return Predicate.isRecord(encoded)
        ? [
            ...ast.propertySignatures.flatMap(({ name, type }) => secretsSent(type, Reflect.get(encoded, name))),
            ...ast.indexSignatures.flatMap(({ type }) => Object.values(encoded).flatMap((_) => secretsSent(type, _))),
          ]
        : []
    case "TupleType": {
      const items = Array.isArray(encoded) ? encoded : []
      const rest = ast.rest[0]?.type
      return items.flatMap((item, index) => {
        const type = ast.elements[index]?.type ?? rest
        return type === undefined ? [] : secretsSent(type, item)
      })
    }
    case "Union":
      return ast.types.flatMap((type) => secretsSent(type, encoded))
    case "Suspend":
      return secretsSent(ast.f(), encoded)
    case "Refinement":
    case "Transformation":
      return typeof encoded === "string"
        ? Option.toArray(Option.filter(read(ast, encoded), isSecret))
        : secretsSent(ast.from, encoded)
    default:
      return []
  }
}

const property = (of: object, name: PropertyKey): unknown => {
  try {
    return Reflect.get(of, name)
  } catch {
    return undefined
  }
}

/** The secrets in refused arguments, by any name and by the names of the schema: a getter is not enumerated. */
const secretsGiven = (given: unknown, names: ReadonlyArray<PropertyKey>): Secrets => {
  const of: object = Object(given)
  try {
    return [...Reflect.ownKeys(of), ...names].map((name) => property(of, name)).filter(isSecret)
  } catch {
    return []
  }
}

const fieldNames = ({ request }: Operation): ReadonlyArray<PropertyKey> => {
  const ast = request === null ? undefined : AST.typeAST(request.ast)
  return ast?._tag === "TypeLiteral" ? ast.propertySignatures.map(({ name }) => name) : []
}

/** An object of the caller may have fields of any name. */
const longestPath = 100

/**
 * The subject of refused arguments, read only from the operation's own fields: in a request of another shape a field of
 * the same name may contain anything.
 */
const subjectGiven = (operation: Operation, { path, request }: Arguments, secrets: Secrets): Subject => {
  const userId = path?.user_id
  if (userId !== undefined) return parameterIssues("user_id", userId).length === 0 ? { userId: userId as UserId } : {} // just checked
  if (!fieldNames(operation).includes("username")) return {}
  const of: object = Object(request)
  return toCreate(property(of, "username"), property(of, "email"), secrets)
}

const refuse = (
  operation: Operation,
  input: Arguments,
  found: ReadonlyArray<TileDBError.Issue>,
): TileDBError.InvalidRequest => {
  const secrets = [...secretsGiven(input, []), ...secretsGiven(input.request, fieldNames(operation))]
  const clean = cleaner(secrets)
  const issues = found.map(({ message, path }) => ({ path: clean(path, longestPath), message }))
  return invalidRequest(operation, issues, subjectGiven(operation, input, secrets))
}

/** An encoded query as it appears in a URL; absent values are omitted. */
const queryString = (encoded: UrlParams.Input): string => {
  const text = UrlParams.toString(UrlParams.fromInput(encoded))
  return text === "" ? "" : `?${text}`
}

/** Validates the arguments of a method and encodes them; on a failure nothing has been sent. */
export const prepare = (operation: Operation, input: Arguments): Either.Either<Call, TileDBError.InvalidRequest> => {
  const issues: Array<TileDBError.Issue> = []
  const call: { -readonly [Key in keyof Call]: Call[Key] } = {
    operation,
    path: operation.path,
    parameters: {},
    secrets: [],
  }
  for (const name of operation.pathParameters) {
    const value = input.path?.[name]
    issues.push(...parameterIssues(name, value))
    call.parameters = { ...call.parameters, [name]: String(value) }
    call.path = call.path.replace(`{${name}}`, () => encodeURIComponent(String(value)))
  }
  if (operation.query !== undefined) {
    const encoded = encode(operation.query, input.query)
    if (Either.isLeft(encoded)) issues.push(...encoded.left)
    else call.path += queryString(encoded.right as UrlParams.Input) // `Operation.query` defines what it encodes to
  }
  if (operation.credential === "scopedToken") {
    issues.push(...tokenIssues(input.token))
    call.token = input.token
  }
  if (operation.request !== null) {
    const encoded = encode(operation.request, input.request)
    if (Either.isLeft(encoded)) issues.push(...encoded.left)
    else {
      call.body = Redacted.make(encoded.right)
      call.secrets = secretsSent(operation.request.ast, encoded.right)
    }
  }
  return issues.length === 0 ? Either.right(call) : Either.left(refuse(operation, input, issues))
}
