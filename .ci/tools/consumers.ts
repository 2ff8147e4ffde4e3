/**
 * Installs the packed tarballs with npm, pnpm and both Yarns in empty folders outside the workspace, by name and range from
 * a registry on loopback, compiles .ci/consumer under `nodenext` and `bundler` with each minor version of TypeScript that
 * effect 3.22 compiles with, strict and with every declaration checked (`skipLibCheck` off; errors inside the declarations of
 * effect itself do not count), and runs it; once with every peer at the lower end of its range. Compiles with what
 * `tsc --init` writes. Forces Effect 4, an older effect and a second copy on the packages, and sees them say which effect
 * fits. `tsx .ci/tools/consumers.ts <folder of tarballs> [start of the cases' names]`
 */
import { execFile, spawn } from "node:child_process"
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { manifestOf, serve } from "./registry.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const tarballs = resolve(process.argv[2] ?? "release")
const work = mkdtempSync(join(tmpdir(), "consumers-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))

const { packageManager: pnpm } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const typescripts: Readonly<Record<string, string>> = {
  "5.4": "5.4.5",
  "5.5": "5.5.4",
  "5.6": "5.6.3",
  "5.7": "5.7.3",
  "5.8": "5.8.3",
  "5.9": "5.9.3",
  "6.0": "6.0.3",
  "7.0": "7.0.2",
}
const ends = ["5.4", "7.0"]
const manifests = readdirSync(tarballs)
  .filter((file) => file.endsWith(".tgz"))
  .map((file) => manifestOf(join(tarballs, file)))
const peers: Record<string, string> = Object.assign({}, ...manifests.map(({ peerDependencies }) => peerDependencies))
const ours = Object.fromEntries(manifests.map(({ name }) => [name, "*"]))
const atLowest = (range: string) => range.replace(/^[\^~]/, "")

const registry = await serve(tarballs)

const run = (command: string, args: ReadonlyArray<string>, cwd: string) =>
  new Promise<string>((done, fail) => {
    const home = join(cwd, ".home")
    const env = {
      ...process.env,
      npm_config_registry: registry.url,
      npm_config_cache: join(home, "npm"),
      YARN_CACHE_FOLDER: join(home, "yarn"),
      YARN_NPM_REGISTRY_SERVER: registry.url,
      YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
      YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
      YARN_ENABLE_TELEMETRY: "false",
      YARN_NODE_LINKER: "node-modules",
      YARN_NPM_MINIMAL_AGE_GATE: "0",
      CI: "true",
    }
    execFile(command, args, { cwd, env, timeout: 300_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      error === null ? done(stdout) : fail(new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`)),
    )
  })

/** How a package manager installs what a package.json names, with an exact version of itself, its own cache and no workspace. */
const managers: Readonly<Record<string, ReadonlyArray<string>>> = {
  npm: ["npm", "install", "--no-audit", "--no-fund"],
  pnpm: ["npx", "-y", pnpm, "install", "--ignore-workspace", "--config.storeDir=.home/store"],
  yarn1: ["npx", "-y", "yarn@1.22.22", "install", "--registry", registry.url],
  yarn4: ["npx", "-y", "@yarnpkg/cli-dist@4.18.1", "install"],
}

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "DOM"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noFallthroughCasesInSwitch: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  types: ["node"],
}
const modes = {
  nodenext: { module: "NodeNext", moduleResolution: "NodeNext", outDir: "built" },
  bundler: { module: "ESNext", moduleResolution: "Bundler", noEmit: true },
}

const install = async (
  name: string,
  manager: string,
  versions: Readonly<Record<string, string>>,
  compilers: ReadonlyArray<string>,
  flags: ReadonlyArray<string> = [],
) => {
  const folder = join(work, name)
  mkdirSync(folder)
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: { ...ours, ...versions },
    devDependencies: {
      "@types/node": "20",
      "@types/ws": "8", // platform-node's declarations name it and do not bring it
      ...Object.fromEntries(compilers.map((minor) => [`typescript-${minor}`, `npm:typescript@${typescripts[minor]}`])),
    },
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2))
  if (manager === "yarn4") writeFileSync(join(folder, "yarn.lock"), "") // or it takes a folder above for its project
  copyFileSync(join(root, ".ci/consumer/consumer.ts"), join(folder, "consumer.ts"))
  const [command = "", ...args] = managers[manager] ?? []
  await run(command, [...args, ...flags], folder)
  return folder
}
const compiler = (folder: string, minor: string) => join(folder, "node_modules", `typescript-${minor}`, "bin", "tsc")

/** Compiles everything that is reached, declarations included; what others' declarations are told is theirs. */
const compile = async (folder: string, minor: string, mode: keyof typeof modes) => {
  const path = `tsconfig.${minor}.${mode}.json`
  const options = { ...compilerOptions, ...modes[mode], skipLibCheck: false }
  writeFileSync(join(folder, path), JSON.stringify({ compilerOptions: options, files: ["consumer.ts"] }))
  const output = await run("node", [compiler(folder, minor), "-p", path, "--pretty", "false"], folder).catch(
    (error: Error) => error.message,
  )
  const errors = output.split("\n").filter((line) => /\bTS\d+:/.test(line))
  const own = errors.filter(
    (line) => !/^node_modules\/.*(effect|undici|@types)/.test(line) || line.includes("@effect-tiledb"),
  )
  if (own.length > 0) throw new Error(`TypeScript ${typescripts[minor]}, ${mode}:\n${own.join("\n")}`)
}

/** What `tsc --init` writes has fitted since 5.9; before, it was the module resolution of Node 10. */
const initialized = async (folder: string, minor: string, type: "module" | "commonjs") => {
  const inner = join(folder, `init-${minor}-${type}`)
  mkdirSync(inner)
  writeFileSync(join(inner, "package.json"), JSON.stringify({ private: true, type }))
  const program = `import { Users } from "@effect-tiledb/client"
import { TestUsers } from "@effect-tiledb/testkit"
import { Effect } from "effect"

const self = Effect.flatMap(Users.Users, (users) => users.getSelfUser)
Effect.runPromise(Effect.provide(self, TestUsers.asOwner())).then(({ user }) => console.log(user.username))
`
  writeFileSync(join(inner, "main.ts"), program)
  // An import in a module that is CommonJS is not what verbatimModuleSyntax allows: the user's own choice, not ours.
  const flags = type === "commonjs" ? ["--verbatimModuleSyntax", "false"] : []
  await run("node", [compiler(folder, minor), "--init"], inner)
  await run("node", [compiler(folder, minor), ...flags], inner)
  const printed = (await run("node", ["main.js"], inner)).trim()
  if (printed !== "owner") throw new Error(`tsc --init, TypeScript ${minor}, ${type}: it printed ${printed}`)
}

const expected = JSON.stringify({
  status: 404,
  names: ["owner", "owner"],
  same: true,
  operations: 10,
  secret: "<redacted>",
  internal: "ERR_PACKAGE_PATH_NOT_EXPORTED",
})
type Versions = Readonly<Record<string, string>>
const consume = async (name: string, manager: string, versions: Versions, compilers: ReadonlyArray<string>) => {
  const folder = await install(name, manager, versions, compilers)
  for (const minor of compilers) await compile(folder, minor, "nodenext")
  for (const minor of ends) await compile(folder, minor, "bundler")
  const printed = (await run("node", ["built/consumer.js"], folder)).trim().split("\n").at(-1) // the lines before are the log
  if (printed !== expected) throw new Error(`it printed ${printed}`)
  const versionsThere = Object.keys(peers).map((peer) => {
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules", peer, "package.json"), "utf8"))
    const wanted = versions[peer]
    if (/^\d/.test(wanted ?? "") && version !== wanted) throw new Error(`${peer} is ${version}, and not ${wanted}`)
    return `${peer} ${version}`
  })
  return { folder, said: `compiled ${compilers.length + ends.length} times, run with ${versionsThere.join(", ")}` }
}

/** Imports every public module of ours in a fresh process, and gives what each says. */
const imports = (folder: string, prefix = "") =>
  Promise.all(
    ["schema", "schema/User", "client", "client/Users", "client/NodeTransport", "testkit", "testkit/Contract"].map(
      async (name) => {
        const script = `${prefix}import "@effect-tiledb/${name}"`
        const child = spawn("node", ["--input-type=module", "-e", script], { cwd: folder })
        let said = ""
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk))
        await new Promise((done) => child.once("close", done))
        return { name, said }
      },
    ),
  )
const says = async (folder: string, words: RegExp, prefix = "") => {
  for (const { name, said } of await imports(folder, prefix)) {
    if (!words.test(said)) throw new Error(`import of @effect-tiledb/${name} does not say ${words}: ${said}`)
  }
}

/** What the packages say where an effect is forced on them that does not fit. */
const wrongEffect = async () => {
  const forced = await install("effect 4", "npm", { effect: "4" }, [], ["--force"])
  await says(forced, /Cannot find module .*\/effect\/.*needs-effect-3\.22-or-a-later-3\.x/)
  const folder = await install("second copy", "npm", peers, [])
  for (const { name, said } of await imports(folder)) {
    if (said !== "") throw new Error(`import of @effect-tiledb/${name} with one effect says ${said}`)
  }
  const copy = join(folder, "node_modules/@effect-tiledb/client/node_modules/effect")
  cpSync(join(folder, "node_modules/effect"), copy, { recursive: true })
  await says(folder, /^$|needs one copy of effect, 3\.22\.\d+ or a later 3\.x, and found a second one/)
  const second = (await imports(folder, 'import "effect";')).filter(({ said }) => said !== "")
  // schema itself has the only copy: the second one is the client's.
  if (second.length !== 5) throw new Error(`a second copy is told by ${JSON.stringify(second)}`)
  rmSync(copy, { recursive: true })
  const older = await install("effect 3.21", "npm", { effect: "3.21.0" }, [], ["--force"])
  await says(older, /needs one copy of effect, 3\.22\.\d+ or a later 3\.x, and found 3\.21\.0: install effect@\^3\.22/)
  return "Effect 4 is told by the path, a second copy and effect 3.21 in a sentence, one copy not at all"
}

const usual =
  (manager: string, versions: Versions = peers) =>
  async (name: string) =>
    (await consume(name, manager, versions, ends)).said
const lowestPeers = Object.fromEntries(Object.entries(peers).map(([key, range]) => [key, atLowest(range)]))
const cases: Readonly<Record<string, (name: string) => Promise<string>>> = {
  npm: async (name) => {
    const { folder, said } = await consume(name, "npm", peers, Object.keys(typescripts))
    for (const minor of ["5.9", "6.0", "7.0"]) {
      await initialized(folder, minor, "module")
      await initialized(folder, minor, "commonjs")
    }
    return `${said}; tsc --init and tsc with 5.9, 6.0 and 7.0`
  },
  "wrong effect": wrongEffect,
  pnpm: usual("pnpm"),
  "yarn 1": usual("yarn1"),
  "yarn 4": usual("yarn4"),
  "lowest peers": usual("npm", lowestPeers),
}

let failed = 0
const queue = Object.entries(cases).filter(
  ([name]) => process.argv[3] === undefined || name.startsWith(process.argv[3]),
)
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, consumer] = next
    const began = Date.now()
    try {
      const said = await consumer(name)
      console.log(`${name}: ${said}, in ${Math.round((Date.now() - began) / 1000)} s`)
    } catch (error) {
      failed++
      console.log(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
}
await Promise.all([worker(), worker()])
registry.close()
if (failed > 0 || manifests.length === 0) process.exit(1)
