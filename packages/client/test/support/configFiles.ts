// Files in memory, and the sources of the configuration that the tests fill in.
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { TileDBConfig } from "@effect-tiledb/client"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

type Content = string | Uint8Array | PlatformError.SystemErrorReason

const reasons: ReadonlyArray<string> = ["NotFound", "PermissionDenied", "BadResource", "Busy"]

const isReason = (content: Content): content is PlatformError.SystemErrorReason =>
  typeof content === "string" && reasons.includes(content)

const refusing = (path: string, reason: PlatformError.SystemErrorReason) =>
  Effect.fail(
    new PlatformError.SystemError({ module: "FileSystem", method: "readFile", pathOrDescriptor: path, reason }),
  )

/** A file system in which there is nothing else; what was read is in `read`. */
export const inMemory = (files: Readonly<Record<string, Content>>) => {
  const read: Array<string> = []
  const layer = FileSystem.layerNoop({
    readFile: (path) => {
      read.push(path)
      const content = files[path] ?? "NotFound"
      if (isReason(content)) return refusing(path, content)
      return Effect.succeed(typeof content === "string" ? new TextEncoder().encode(content) : content)
    },
  })
  return { read, layer: Layer.merge(layer, Path.layer) }
}

export const directory = "/Users/ada/.tiledb"

/** What `withFiles` makes of these variables and files. */
export const load = (
  variables: Readonly<Record<string, string>>,
  files: Readonly<Record<string, Content>> = {},
  options: TileDBConfig.FileOptions = {},
) =>
  TileDBConfig.withFiles(options).pipe(
    Effect.provide(inMemory(files).layer),
    Effect.withConfigProvider(
      ConfigProvider.fromMap(new Map(Object.entries({ HOME: "/Users/ada", ...variables })), { pathDelim: "_" }),
    ),
  )
