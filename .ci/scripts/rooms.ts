/**
 * Checks that a room (a folder or file of a package's `src/internal/`) imports only what the package's `rooms.json` names, and
 * that ARCHITECTURE.md prints that table (`--write` does). `(types)` allows `import type` only; `*` is for every room.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))
const page = join(root, "ARCHITECTURE.md")
const statement =
  /^(?:import|export)\s+(type\s)?[^"'`;]*?from\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)|^import\s+"(\.[^"]+)"/gm

type Rooms = Readonly<Record<string, ReadonlyArray<string>>>

/** The room of a file below src/: its folder or name in internal/, or its name where it is public. */
const roomOf = (file: string): string => {
  const [first = "", room = ""] = file.split("/")
  return first === "internal" ? room : first.replace(/\.ts$/, "")
}

const forbidden = (folder: string, rooms: Rooms): ReadonlyArray<string> => {
  const src = join(root, folder, "src")
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) =>
    /^internal\/.*\.ts$/.test(file),
  )
  return files.flatMap((file) => {
    const room = roomOf(file)
    const allowed = rooms[room]
    if (allowed === undefined) return [`${folder}/src/${file}: is in ${room}, which rooms.json does not name`]
    const names = [room, ...(rooms["*"] ?? []), ...allowed]
    return [...readFileSync(join(src, file), "utf8").matchAll(statement)].flatMap(([, type, ...paths]) => {
      const to = join(dirname(file), paths.find((path) => path !== undefined) ?? "")
      const target = roomOf(to.replace(/\.js$/, ".ts"))
      const isAllowed = names.includes(target) || (type !== undefined && names.includes(`${target} (types)`))
      return isAllowed ? [] : [`${folder}/src/${file}: imports ${target}, a room that ${room} may not import`]
    })
  })
}

const quoted = (name: string): string => `\`${name}\``.replace(" (types)`", "` (types)")

const table = (rooms: Rooms): string =>
  Object.entries(rooms)
    .map(([room, may]) => `| ${room === "*" ? "every room" : quoted(room)} | ${may.map(quoted).join(", ") || "–"} |`)
    .reduce((above, row) => `${above}\n${row}`, "| room | may import |\n| --- | --- |")

/** The formatter pads tables. */
const squeezed = (text: string): string => text.replace(/ +/g, " ").replace(/-+/g, "-")

const problems: Array<string> = []
let text = readFileSync(page, "utf8")
for (const folder of ["packages/client", "packages/testkit"].filter((one) =>
  existsSync(join(root, one, "rooms.json")),
)) {
  const rooms: Rooms = JSON.parse(readFileSync(join(root, folder, "rooms.json"), "utf8"))
  problems.push(...forbidden(folder, rooms))
  const [start, end] = [`<!-- rooms of ${folder} -->\n\n`, "\n\n<!-- end of rooms -->"]
  const from = text.indexOf(start) + start.length
  const to = text.indexOf(end, from)
  if (from < start.length || to < 0) problems.push(`ARCHITECTURE.md: has no place for the rooms of ${folder}`)
  else if (process.argv.includes("--write")) text = text.slice(0, from) + table(rooms) + text.slice(to)
  else if (squeezed(text.slice(from, to)) !== squeezed(table(rooms)))
    problems.push(`ARCHITECTURE.md: differs from ${folder}/rooms.json`)
}
if (process.argv.includes("--write")) writeFileSync(page, text)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
