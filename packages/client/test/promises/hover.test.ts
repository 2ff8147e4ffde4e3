/** What an editor shows of a field, asked of TypeScript's language service: what it is, and its unit. */
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import ts from "typescript"

/** Every type that has fields, by the module that has it, and what is not a field of ours. */
const models: Readonly<Record<string, ReadonlyArray<string>>> = {
  "@effect-tiledb/client/TileDBError": [
    "NotFound",
    "ApiError",
    "TransportError",
    "DecodeError",
    "InvalidRequest",
    "Attempt",
    "Issue",
  ],
  "@effect-tiledb/client/TileDBClient": ["Options", "Status", "Limits"],
  "@effect-tiledb/client/RetryPolicy": ["RetryPolicy", "Options", "Retry"],
  "@effect-tiledb/schema": [
    "User",
    "UserSelf",
    "UserSelfWorkspace",
    "WorkspaceUser",
    "ErrorResponse",
    "ValidationError",
    "ValidationErrorField",
    "UserCreateRequest",
    "UserUpdateRequest",
    "ChangePasswordRequest",
    "ResetPasswordRequest",
    "RequestEmailConfirmationRequest",
    "RequestPasswordResetRequest",
  ],
}

const inherited = new Set(["_tag", "name", "stack", "cause", "toString", "toJSON", "pipe"])

const fixture = Path.resolve(import.meta.dirname, "hover-fixture.ts")
const root = Path.resolve(import.meta.dirname, "../../../..")

const makeService = (text: string) => {
  const read = ts.readConfigFile(Path.join(root, "tsconfig.json"), ts.sys.readFile)
  const {
    options: { tsBuildInfoFile: _, incremental: __, ...options },
  } = ts.parseJsonConfigFileContent({ ...read.config, include: [], files: [fixture] }, ts.sys, root)
  return ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [fixture],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const content = file === fixture ? text : ts.sys.readFile(file)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === fixture || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath ?? ((path) => path),
  })
}

const of = (module: string, type: string) => `${module.replaceAll(/\W/g, "_")}_${type}`

const declarations = Object.entries(models).flatMap(([module, types]) =>
  types.map((type) => {
    // A schema of a struct is a value; what a caller writes is its type.
    return `export declare const ${of(module, type)}: import("${module}").${type}`
  }),
)

/** What the hover says of every field: `TileDBError.ApiError.retryAfter`, and the text. */
const hovers = (): ReadonlyMap<string, string> => {
  const first = makeService(declarations.join("\n"))
  const program = first.getProgram()
  const source = program?.getSourceFile(fixture)
  assert(program !== undefined && source !== undefined)
  const checker = program.getTypeChecker()
  const accesses: Array<{ readonly name: string; readonly text: string }> = []
  const variables = new Map(
    source.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations.map((one) => [one.name.getText(), one] as const)),
  )
  for (const [module, types] of Object.entries(models)) {
    for (const type of types) {
      const declaration = variables.get(of(module, type))
      assert(declaration !== undefined)
      const found = checker.getTypeAtLocation(declaration)
      assert.isFalse((found.flags & ts.TypeFlags.Any) !== 0, `${module} has no ${type}`)
      for (const property of checker.getPropertiesOfType(found)) {
        const field = property.getName()
        if (inherited.has(field) || field.startsWith("__@")) continue
        accesses.push({ name: `${module.split("/").pop()}.${type}.${field}`, text: `${of(module, type)}.${field}` })
      }
    }
  }
  const text = [...declarations, ...accesses.map((access) => access.text)].join("\n")
  const second = makeService(text)
  const shown = new Map<string, string>()
  let at = declarations.join("\n").length + 1
  for (const access of accesses) {
    const info = second.getQuickInfoAtPosition(fixture, at + access.text.lastIndexOf(".") + 1)
    shown.set(access.name, ts.displayPartsToString(info?.documentation))
    at += access.text.length + 1
  }
  return shown
}

describe("hovering over a field", () => {
  const shown = hovers()

  it("says what it means, for every field of every model, error and option", () => {
    assert.isAbove(shown.size, 120)
    assert.deepStrictEqual(
      [...shown].filter(([, text]) => text.trim() === "").map(([name]) => name),
      [],
    )
  })

  it("says the unit, where a number or a time has one", () => {
    assert.match(shown.get("TileDBClient.Options.maxBodyBytes") ?? "", /bytes/i)
  })
})
