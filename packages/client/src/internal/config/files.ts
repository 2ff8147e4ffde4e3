import type { PlatformError } from "@effect/platform/Error"
import { FileSystem } from "@effect/platform/FileSystem"
import { Path } from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { invalid } from "../runtime/configError.js"
import { type Field, fieldNames, fields } from "./fields.js"
import type { Source } from "./models.js"
import type { Candidate, Result } from "./resolve.js"

type Json = Readonly<Record<string, unknown>>

/** Inherited names such as `constructor` are ignored. */
const own = (object: Json, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined)

const unreadable = (file: string, error: PlatformError): Result<never> => {
  const reason = error._tag === "SystemError" ? error.reason : "BadArgument"
  const why =
    reason === "PermissionDenied"
      ? "Permission to read it is denied"
      : reason === "BadResource"
        ? "It is not a file"
        : `It cannot be read (${reason})`
  return invalid(file, why)
}

/** A file that does not exist is skipped, as is one in a home that is no folder. */
const isAbsent = (error: PlatformError): boolean =>
  error._tag === "SystemError" &&
  (error.reason === "NotFound" || (error.reason === "BadResource" && /^ENOTDIR/.test(error.description ?? "")))

/** A file that cannot be read or is not JSON is an error; an empty one is skipped. */
const readJson = (file: string) =>
  Effect.flatMap(FileSystem, (fileSystem) =>
    Effect.matchEffect(fileSystem.readFile(file), {
      onFailure: (error) => (isAbsent(error) ? Effect.succeed(undefined) : unreadable(file, error)),
      onSuccess: (bytes) => Effect.map(parseJson(file, bytes), (json) => ({ file, json })),
    }),
  )

/** Omits the parser's error text, which quotes the file. */
const parseJson = (file: string, bytes: Uint8Array): Result<Redacted.Redacted<Json>> => {
  let json: unknown
  try {
    // Drops the BOM that some editors write.
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim() || "{}")
  } catch (error) {
    return invalid([file], error instanceof SyntaxError ? "It is not JSON" : "It is not text in UTF-8")
  }
  return Predicate.isReadonlyRecord(json)
    ? Either.right(Redacted.make(json))
    : invalid([file], "Expected a JSON object")
}

/**
 * The value of each field that has a path here, which `null` and `""` leave out. `at` is where the object itself is.
 */
const valuesOf = (
  json: Json,
  at: ReadonlyArray<string>,
  pathOf: (field: Field) => ReadonlyArray<string>,
  sourceOf: (key: string) => Source,
): Result<ReadonlyArray<Candidate>> =>
  Either.map(
    Either.all(
      fieldNames.map((field): Result<ReadonlyArray<Candidate>> => {
        const { kind } = fields[field]
        const path = pathOf(fields[field])
        let value: unknown = json
        for (const [depth, key] of path.entries()) {
          if (value === undefined || value === null) break
          if (!Predicate.isReadonlyRecord(value)) {
            return invalid([...at, ...path.slice(0, depth)], `Expected an object, as in { "${key}": "…" }`)
          }
          value = own(value, key)
        }
        if (value === undefined || value === null || value === "") return Either.right([])
        return typeof value === "string" || (kind === "boolean" && typeof value === "boolean")
          ? Either.right([{ field, value: Redacted.make(String(value)), source: sourceOf(path.join(".")) }])
          : invalid(
              [...at, ...path],
              kind === "boolean" ? "Expected true or false" : "Expected a text in double quotes",
            )
      }),
    ),
    (found) => found.flat(),
  )

const profileOf = (file: string, json: Json, profile: string, asked: boolean): Result<ReadonlyArray<Candidate>> => {
  const values = own(json, profile)
  if (values === undefined && !asked) return Either.right([])
  if (!Predicate.isReadonlyRecord(values)) {
    // The user knows the name of a requested profile; the file may have another shape.
    return invalid([file, profile], values === undefined ? "There is no such profile" : "Expected an object: a profile")
  }
  return valuesOf(
    values,
    [file, profile],
    ({ profile: key }) => [key],
    (key) => ({ _tag: "Profile", file, profile, key }),
  )
}

export interface Where {
  /** `~/.tiledb`, or its replacement; without a home directory no files are read. */
  readonly directory: string | undefined
  readonly profileDirectory: string | undefined
  readonly profile: string
  /** Whether the profile was requested, so that it must exist. */
  readonly asked: boolean
}

/**
 * The values in the files, strongest first, and the files that are searched. Some documents call the file with the
 * profiles profiles.json, others profile.json; the first that exists is used.
 */
export const read = ({ asked, directory, profile, profileDirectory }: Where) =>
  Effect.gen(function* () {
    const path = yield* Path
    const candidates: Array<Candidate> = []
    const files: Array<string> = []
    if (profileDirectory !== undefined) {
      const preferred = path.join(profileDirectory, "profiles.json")
      const other = path.join(profileDirectory, "profile.json")
      files.push(preferred)
      const found = (yield* readJson(preferred)) ?? (yield* readJson(other))
      if (found !== undefined)
        candidates.push(...(yield* profileOf(found.file, Redacted.value(found.json), profile, asked)))
      else if (asked) yield* invalid([preferred, profile], "There is no such file, so no such profile")
    }
    if (directory !== undefined) {
      const file = path.join(directory, "cloud.json")
      files.push(file)
      const found = yield* readJson(file)
      if (found !== undefined) {
        const json = Redacted.value(found.json)
        const sourceOf = (key: string): Source => ({ _tag: "CloudJson", file, key })
        candidates.push(...(yield* valuesOf(json, [file], ({ cloud }) => cloud, sourceOf)))
      }
    }
    return { candidates, files }
  })
