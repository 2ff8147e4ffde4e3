import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../../TileDBError.js"

/** In an object of the wrong shape a name may be anything, even a secret. */
const nameOf = (key: PropertyKey): string =>
  typeof key === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(key) ? key : "a field whose name is not printed"

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (out, key) => (typeof key === "number" ? `${out}[${key}]` : out === "" ? nameOf(key) : `${out}.${nameOf(key)}`),
    "",
  )

/** The JSON type that a schema takes: the schema's own names ("Struct (Encoded side)") do not help a caller. */
const noun = (ast: AST.AST): string => {
  switch (ast._tag) {
    case "TypeLiteral":
      return "an object"
    case "TupleType":
      return "a list"
    case "StringKeyword":
      return "a string"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "Refinement":
    case "Transformation":
      return noun(ast.from)
    case "Union":
      // That the field is optional does not help a caller who has given a wrong value.
      return [...new Set(ast.types.filter((type) => !AST.isUndefinedKeyword(type)).map(noun))].join(" or ")
    case "Declaration":
      // In requests only secrets are declarations with a type parameter; their own message is the field's description.
      return ast.typeParameters.length === 1 ? "text inside Redacted: Redacted.make(…)" : String(ast)
    default:
      return String(ast)
  }
}

const expected = (ast: AST.AST): string => `should be ${noun(ast)}`

const described = (ast: AST.AST): string =>
  `should be ${Option.getOrElse(AST.getDescriptionAnnotation(ast), () => String(ast))}`

const fieldsOf = (ast: AST.AST | undefined): ReadonlyArray<string> =>
  ast !== undefined && AST.isTypeLiteral(ast) ? ast.propertySignatures.map((property) => String(property.name)) : []

const visit = (
  issue: ParseResult.ParseIssue,
  path: ReadonlyArray<PropertyKey>,
  parent: AST.AST | undefined,
): ReadonlyArray<Issue> => {
  const at = (message: string): ReadonlyArray<Issue> => [{ path: pathOf(path), message }]
  switch (issue._tag) {
    case "Pointer":
      return visit(issue.issue, [...path, ...Arr.ensure(issue.path)], parent)
    case "Composite":
      return AST.isUnion(issue.ast)
        ? at(expected(issue.ast))
        : Arr.ensure(issue.issues).flatMap((inner) => visit(inner, path, issue.ast))
    case "Refinement":
      // A refinement with its own message takes precedence.
      return issue.kind === "From" || (issue.issue._tag === "Type" && issue.issue.message !== undefined)
        ? visit(issue.issue, path, issue.ast)
        : at(described(issue.ast))
    case "Transformation":
      return visit(issue.issue, path, issue.ast)
    case "Missing":
      return at("is missing")
    case "Unexpected":
      return at(`is not a field here; write one of: ${fieldsOf(parent).join(", ")}`)
    case "Forbidden":
      return at("cannot be read without waiting")
    case "Type":
      return at(issue.message ?? expected(issue.ast))
  }
}

/** The maximum number of issues that are reported. */
const enough = 20

/**
 * The issues, field by field, without the values: the formatters of `ParseResult` print values, which may be secret.
 */
export const fromParseIssue = (issue: ParseResult.ParseIssue): ReadonlyArray<Issue> =>
  visit(issue, [], undefined).slice(0, enough)
