import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../../TileDBError.js"

/** In an object of the wrong shape a name may be anything, even a secret. */
const nameOf = (key: PropertyKey): string =>
  typeof key === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(key) ? key : "a field with an unusual name"

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (out, key) => (typeof key === "number" ? `${out}[${key}]` : out === "" ? nameOf(key) : `${out}.${nameOf(key)}`),
    "",
  )

/** The schema's own names ("Struct (Encoded side)") do not help a caller. */
const nouns: { readonly [Tag in AST.AST["_tag"]]?: string } = {
  TypeLiteral: "an object",
  TupleType: "a list",
  StringKeyword: "a string",
  NumberKeyword: "a number",
  BooleanKeyword: "true or false",
}

/** The JSON type that a schema takes. */
const noun = (ast: AST.AST): string => {
  if (AST.isRefinement(ast) || AST.isTransformation(ast)) return noun(ast.from)
  // That the field is optional does not help a caller who has given a wrong value.
  if (AST.isUnion(ast))
    return [...new Set(ast.types.filter((type) => !AST.isUndefinedKeyword(type)).map(noun))].join(" or ")
  // In requests only secrets are declarations with a type parameter; their own message is the field's description.
  const isSecret = AST.isDeclaration(ast) && ast.typeParameters.length === 1
  return isSecret ? "text inside Redacted: Redacted.make(…)" : (nouns[ast._tag] ?? String(ast))
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
      return at(`is not a known field; use one of: ${fieldsOf(parent).join(", ")}`)
    case "Forbidden":
      return at("cannot be read synchronously")
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
