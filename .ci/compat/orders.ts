/**
 * What each order of installing gives where npm's `latest` of effect is 4: runs the commands with npm and pnpm in empty folders,
 * with the packed tarballs, starts a program, and compares with the table of docs/effect4.md: the major versions, and what happens.
 * `tsx .ci/compat/orders.ts <folder of tarballs> [--update]`
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { serve } from "../scripts/registry.js"

type Files = Readonly<Record<string, string>>
interface Order {
  readonly title: string
  readonly npm: ReadonlyArray<string>
  readonly pnpm: ReadonlyArray<string>
  readonly files?: { readonly npm: Files; readonly pnpm: Files }
}

const here = import.meta.dirname
const update = process.argv[3] === "--update"
const work = mkdtempSync(join(tmpdir(), "orders-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))
const { packageManager } = JSON.parse(readFileSync(join(here, "../../package.json"), "utf8"))
const registry = await serve(resolve(process.argv[2] ?? "release"))

const json = (value: unknown) => JSON.stringify(value, null, 2)
const application = { name: "application", private: true, type: "module" }
const program = `import { TileDBClient, Users } from "@effect-tiledb/client"
import { Effect } from "effect"
const program = Effect.map(Users.Users, () => console.log("started"))
await Effect.runPromise(Effect.provide(Effect.provide(program, Users.layer), TileDBClient.layerFetch()))
`
const besideIsland = `import { Effect } from "effect"
import { Effect3, TileDBClient, Users } from "tiledb-island"
const program = Effect3.Effect.map(Users.Users, () => "started")
const provided = Effect3.Effect.provide(Effect3.Effect.provide(program, Users.layer), TileDBClient.layerFetch())
console.log(await Effect.runPromise(Effect.promise(() => Effect3.Effect.runPromise(provided))))
`
const island = {
  "island/package.json": json({
    name: "tiledb-island",
    private: true,
    type: "module",
    exports: "./index.js",
    dependencies: {
      "@effect-tiledb/client": "*",
      "@effect-tiledb/schema": "*",
      "@effect/platform": "^0.97.2",
      effect: "3",
    },
  }),
  "island/index.js": `export * as Effect3 from "effect"\nexport * from "@effect-tiledb/client"\n`,
  "main.js": besideIsland,
}
const on4 = (more: object) =>
  json({ ...application, dependencies: { effect: "4", "@effect-tiledb/client": "*" }, ...more })
const effect3 = { effect: "^3.22.4" }

/** The same commands for pnpm. */
const both = (title: string, ...npm: ReadonlyArray<string>): Order => ({
  title,
  npm,
  pnpm: npm.map((command) => command.replace("npm install", "pnpm add")),
})
const orders: ReadonlyArray<Order> = [
  both(
    "`effect@3` by name",
    "npm install @effect-tiledb/client @effect-tiledb/schema effect@3.22 @effect/platform@0.97",
  ),
  both("both in one command", "npm install @effect-tiledb/client effect"),
  both("the client, then `effect`", "npm install @effect-tiledb/client", "npm install effect"),
  both("`effect`, then the client", "npm install effect", "npm install @effect-tiledb/client"),
  { ...both("… with `--force`", "npm install effect", "npm install @effect-tiledb/client --force"), pnpm: [] },
  {
    ...both(
      "… with `--legacy-peer-deps`",
      "npm install effect",
      "npm install @effect-tiledb/client --legacy-peer-deps",
    ),
    pnpm: [],
  },
  {
    title: "`effect` 4, and `overrides` for the client's",
    npm: ["npm install"],
    pnpm: ["pnpm install"],
    files: {
      npm: { "package.json": on4({ overrides: { "@effect-tiledb/client": effect3 } }) },
      pnpm: { "package.json": on4({ pnpm: { overrides: { "@effect-tiledb/client>effect": effect3.effect } } }) },
    },
  },
  {
    title: "`effect` 4, and `packageExtensions` for the client's",
    npm: [],
    pnpm: ["pnpm install"],
    files: {
      npm: {},
      pnpm: {
        "package.json": on4({ pnpm: { packageExtensions: { "@effect-tiledb/client": { dependencies: effect3 } } } }),
      },
    },
  },
  {
    title: "`effect` 4 beside [an island](#the-island)",
    npm: ["npm install"],
    pnpm: ["pnpm install"],
    files: {
      npm: {
        ...island,
        "package.json": json({
          ...application,
          workspaces: ["island"],
          dependencies: { effect: "4", "tiledb-island": "*" },
        }),
      },
      pnpm: {
        ...island,
        "package.json": json({ ...application, dependencies: { effect: "4", "tiledb-island": "workspace:*" } }),
        "pnpm-workspace.yaml": "packages: [island]\n",
      },
    },
  },
]

interface Ran {
  readonly ok: boolean
  readonly output: string
}
const run = (command: string, cwd: string) =>
  new Promise<Ran>((done) => {
    const env = {
      ...process.env,
      CI: "", // pnpm would freeze the lock file
      npm_config_registry: registry.url,
      npm_config_cache: join(work, ".npm"),
      npm_config_store_dir: join(work, ".pnpm"),
    }
    const program = command
      .replace(/^pnpm/, `npx -y ${packageManager}`)
      .replace(/^npm install/, "npm install --no-audit --no-fund")
    execFile("bash", ["-c", program], { cwd, env, timeout: 300_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      done({ ok: error === null, output: stdout + stderr }),
    )
  })

const versionIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "node_modules/effect/package.json"), "utf8")).version

/** What comes of it: the version of effect that the application has, and whether the program starts. */
const result = async (manager: "npm" | "pnpm", { files, [manager]: commands }: Order, folder: string) => {
  if (commands.length === 0) return ""
  const all: Files = { "package.json": json(application), "main.js": program, ...files?.[manager] }
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  let said = ""
  for (const command of commands) {
    const { ok, output } = await run(command, folder)
    said += output
    if (!ok) return /ERESOLVE/.test(output) ? "`ERESOLVE`, not installed" : `not installed: ${output}`
  }
  const started = await run("node main.js", folder)
  const warning = /npm warn ERESOLVE/.test(said)
    ? ", `ERESOLVE` warnings"
    : /unmet peer/.test(said)
      ? ", `unmet peer`"
      : ""
  if (!started.ok) console.log(/^\w*Error.*$/m.exec(started.output)?.[0] ?? started.output)
  return `${versionIn(folder)}${warning}, ${started.ok ? "works" : "**does not start**"}`
}

const rows: Array<ReadonlyArray<string>> = [["installed", "npm", "pnpm"]]
for (const [index, order] of orders.entries()) {
  const npm = await result("npm", order, join(work, `npm-${index}`))
  const pnpm = await result("pnpm", order, join(work, `pnpm-${index}`))
  console.log(`${order.title} | ${npm} | ${pnpm}`)
  rows.push([order.title, npm, pnpm])
}
registry.close()

const document = join(here, "../../docs/effect4.md")
const text = readFileSync(document, "utf8")
const [start, end] = ["<!-- made by .ci/compat/orders.ts -->", "<!-- end -->"]
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
const lineOf = (row: ReadonlyArray<string>) => `| ${widths.map((width, at) => row[at]?.padEnd(width)).join(" | ")} |`
const [header, ...lines] = rows.map(lineOf)
const table = [header, lineOf(widths.map((width) => "-".repeat(width))), ...lines].join("\n")
const made = `${text.slice(0, text.indexOf(start))}${start}\n\n${table}\n\n${text.slice(text.indexOf(end))}`
const apart = (page: string) => page.replace(/\b(\d+)\.\d+\.\d+\b/g, "$1").replace(/[ -]+/g, " ")
if (update) writeFileSync(document, made)
else if (apart(made) !== apart(text)) {
  console.log("docs/effect4.md has another table: run this with --update, and look at what changed")
  process.exitCode = 1
}
