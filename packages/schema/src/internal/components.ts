import * as Predicate from "effect/Predicate"
/**
 * A JSON object.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonObject {
  readonly [name: string]: unknown
}

/**
 * An OpenAPI 3.1 document.
 *
 * Source: https://spec.openapis.org/oas/v3.1.1
 *
 * @since 0.1.0
 * @category models
 */
export interface Document {
  /** The version of OpenAPI. */
  readonly openapi: "3.1.1"
  /** The title, version and description of the API. */
  readonly info: JsonObject
  /** The base URLs that the paths are relative to. */
  readonly servers: ReadonlyArray<JsonObject>
  /** The groups of operations. */
  readonly tags: ReadonlyArray<JsonObject>
  /** Operations by path and lower-case HTTP method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
  /** The definitions that the operations refer to. */
  readonly components: {
    /** The models, by their names in the API. */
    readonly schemas: Readonly<Record<string, JsonObject>>
    /** The ways to authorise a call. */
    readonly securitySchemes: Readonly<Record<string, JsonObject>>
  }
}

const prefix = "#/components/schemas/"

/** The name of each definition in the document: its title, which is the API's name of the model. */
const namesOf = (definitions: Readonly<Record<string, object>>): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const [identifier, definition] of Object.entries(definitions)) {
    const name = "title" in definition && typeof definition.title === "string" ? definition.title : identifier
    if (!/^[A-Za-z0-9._-]+$/.test(name)) throw new Error(`${name} is not a name of a component in OpenAPI`)
    if (taken.has(name)) throw new Error(`Two schemas are called ${name}`)
    taken.add(name)
    names.set(identifier, name)
  }
  return names
}

/**
 * Inserts the definitions as components under their names in the API, in the usual form of OpenAPI: a reference with a
 * description is not wrapped in `allOf`, and `additionalProperties: true` is left out.
 */
export const toComponents = (definitions: Readonly<Record<string, object>>, document: Document): Document => {
  const names = namesOf(definitions)
  const describe = (identifier: string): JsonObject => {
    const definition = definitions[identifier]
    return definition !== undefined && "description" in definition ? { description: definition.description } : {}
  }
  const rewrite = (value: unknown, isProperty = false): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item))
    if (!Predicate.isReadonlyRecord(value)) return value
    const { allOf, ...others } = value
    if (Array.isArray(allOf) && allOf.length === 1 && Predicate.isReadonlyRecord(allOf[0]))
      return rewrite({ ...allOf[0], ...others })
    const { $ref } = value
    if (typeof $ref === "string" && $ref.startsWith(prefix)) {
      const identifier = decodeURIComponent($ref.slice(prefix.length))
      const said = isProperty ? { ...describe(identifier), ...others } : others
      return { ...said, $ref: prefix + names.get(identifier) }
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]): ReadonlyArray<[string, unknown]> => {
        if (key === "additionalProperties" && item === true) return []
        if (key === "properties" && Predicate.isReadonlyRecord(item)) {
          return [[key, Object.fromEntries(Object.entries(item).map(([name, node]) => [name, property(node)]))]]
        }
        return [[key, rewrite(item)]]
      }),
    )
  }
  // The title of a property is the name of a type of Effect ("int"), not of the API.
  const property = (node: unknown): unknown => {
    if (!Predicate.isReadonlyRecord(node)) return node
    const { title: _, ...others } = node
    return rewrite(others, true)
  }
  const schemas = Object.entries(definitions)
    .map(([identifier, definition]) => [names.get(identifier) ?? identifier, rewrite(definition)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const rest = rewrite(document) as Document
  return {
    ...rest,
    components: { ...rest.components, schemas: Object.fromEntries(schemas) as Document["components"]["schemas"] },
  }
}
