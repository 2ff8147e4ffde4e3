import * as UrlParams from "@effect/platform/UrlParams"
import { encodeRequest, type Operation, type ScopedToken } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import { constUndefined } from "effect/Function"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type * as TileDBError from "../../TileDBError.js"
import type { Call, Given } from "../call.js"
import { fromParseIssue } from "../failure/issues.js"
import * as Subject from "../failure/subject.js"
import { argumentName } from "../failure/subject.js"
import { invalidRequest } from "../failure/toError.js"
import { guarded } from "../runtime/guarded.js"
import { memoised } from "../runtime/memoised.js"
import { cleaner } from "../secrets/redact.js"
import { headerValueProblem, type Secrets, textInside } from "../secrets/secretText.js"

/** What is no path segment, or not the same one to every server: empty, a dot or two, with a slash or an escape. */
const noSegment = /^\.{0,2}$|[\\/\p{Cc}\p{Cs}]|%[0-9a-f]{2}/iu

const unreadable = "cannot be read"

/** A parameter of the path as a text, or what to write instead. */
const parameter = (name: string, schema: Schema.Schema.AnyNoContext) => {
  const encode = ParseResult.encodeUnknownEither(schema)
  const refuse = (message: string) => Either.left({ path: argumentName(name), message })
  const read = (value: unknown): Either.Either<string, TileDBError.Issue> => {
    const encoded = encode(value ?? "")
    if (Either.isLeft(encoded)) return refuse(fromParseIssue(encoded.left)[0]?.message ?? "is not valid")
    const text = String(encoded.right)
    return noSegment.test(text) ? refuse("should be a name or an id: one segment of a path") : Either.right(text)
  }
  return (value: unknown) =>
    guarded(
      () => read(value),
      () => refuse(unreadable),
    )
}

type Encode = (value: unknown) => Either.Either<unknown, ReadonlyArray<TileDBError.Issue>>

const encoder = (schema: Schema.Schema.AnyNoContext): Encode => {
  const encode = encodeRequest(schema)
  return (value) =>
    guarded(
      () => Either.mapLeft(encode(value), fromParseIssue),
      () => Either.left([{ path: "", message: unreadable }]),
    )
}

/** How the arguments of an operation are encoded. */
const makePlan = ({ path, pathParameters = {}, query, request }: Operation) => ({
  parameters: Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => ({
    name,
    encode: parameter(name, pathParameters[name] ?? Schema.String),
  })),
  query: query == null ? undefined : encoder(query),
  request:
    request == null
      ? undefined
      : {
          encode: encoder(request),
          decode: ParseResult.decodeUnknownOption(request),
          fields: fieldNames(AST.typeAST(request.ast)),
        },
})

/** Created once per operation, at its first call. */
const planOf = /*#__PURE__*/ memoised(makePlan, /*#__PURE__*/ new WeakMap())

/** The names of the fields of a request, or of the elements of one that is a list. */
const fieldNames = (ast: AST.AST): ReadonlyArray<PropertyKey> =>
  ast._tag === "TypeLiteral"
    ? ast.propertySignatures.map(({ name }) => name)
    : ast._tag === "TupleType"
      ? ast.rest.flatMap(({ type }) => fieldNames(type))
      : []

const isSecret = (value: unknown): value is Redacted.Redacted<string> => textInside(value) !== undefined

/** The secrets in a decoded request: the texts that its schema has inside `Redacted`. */
const secretsIn = (value: unknown): Secrets => {
  if (isSecret(value)) return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : []
}

const property = (of: object, name: PropertyKey): unknown => guarded(() => Reflect.get(of, name), constUndefined)

/** The secrets in refused arguments, by any name and by the names of the schema: a getter is not enumerated. */
const secretsGiven = (given: unknown, names: ReadonlyArray<PropertyKey>): Secrets => {
  const of: object = Object(given)
  return guarded(
    () => [...Reflect.ownKeys(of), ...names],
    () => names,
  )
    .map((name) => property(of, name))
    .filter(isSecret)
}

/** An object of the caller may have fields of any name. */
const longestPath = 100

/**
 * The subject of refused arguments, read only from the operation's own fields: in a request of another shape a field of
 * the same name may contain anything.
 */
const subjectGiven = (operation: Operation, { path, request }: Given, secrets: Secrets): Subject.Subject => {
  const { parameters, request: ofRequest } = planOf(operation)
  return Subject.make(
    operation,
    (name) => {
      const encode = parameters.find((known) => known.name === name)?.encode
      if (encode !== undefined) return Option.getOrUndefined(Either.getRight(encode(property(Object(path), name))))
      return ofRequest?.fields.includes(name) ? property(Object(request), name) : undefined
    },
    secrets,
  )
}

const refuse = (
  operation: Operation,
  input: Given,
  found: ReadonlyArray<TileDBError.Issue>,
): TileDBError.InvalidRequest => {
  const fields = planOf(operation).request?.fields ?? []
  const requests: ReadonlyArray<unknown> = guarded(
    () => [input.request].flat(),
    () => [],
  )
  const secrets = [...secretsGiven(input, []), ...requests.flatMap((request) => secretsGiven(request, fields))]
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
export const prepare = (operation: Operation, input: Given): Either.Either<Call, TileDBError.InvalidRequest> =>
  guarded(
    () => checked(operation, input),
    () => Either.left(invalidRequest(operation, [{ path: "", message: unreadable }])),
  )

const checked = (operation: Operation, input: Given): Either.Either<Call, TileDBError.InvalidRequest> => {
  const { parameters, query, request } = planOf(operation)
  const issues: Array<TileDBError.Issue> = []
  const values: Record<string, string> = {}
  const call: { -readonly [Key in keyof Call]: Call[Key] } = {
    operation,
    path: operation.path,
    parameters: values,
    secrets: [],
  }
  for (const { encode, name } of parameters) {
    const encoded = encode(property(Object(input.path), name))
    if (Either.isLeft(encoded)) issues.push(encoded.left)
    else {
      values[name] = encoded.right
      call.path = call.path.replace(`{${name}}`, () => encodeURIComponent(encoded.right))
    }
  }
  if (query !== undefined) {
    const encoded = query(input.query ?? {})
    if (Either.isLeft(encoded)) issues.push(...encoded.left)
    else call.path += queryString(encoded.right as UrlParams.Input) // `Operation.query` defines what it encodes to
  }
  if (operation.credential === "scopedToken") {
    const problem = headerValueProblem(input.token)
    if (problem !== undefined) issues.push({ path: "token", message: problem })
    call.token = input.token as ScopedToken // checked, or the call is refused
  }
  if (request !== undefined) {
    const encoded = request.encode(input.request)
    if (Either.isLeft(encoded)) issues.push(...encoded.left)
    else {
      call.body = Redacted.make(encoded.right)
      // What is sent, not what was given: a getter of the caller may give another secret each time.
      call.secrets = secretsIn(Option.getOrUndefined(request.decode(encoded.right)))
    }
  }
  return issues.length === 0 ? Either.right(call) : Either.left(refuse(operation, input, issues))
}
