/**
 * Installs the packed tarballs with npm, pnpm and both Yarns in empty folders outside the workspace, by name and range from
 * a registry on loopback, compiles consumer.ts under `nodenext` and `bundler` with each minor version of TypeScript that
 * effect 3.22 compiles with, strict and with every declaration checked (errors inside the declarations of effect itself do
 * not count), and runs it; once with every peer at the lower end of its range. Compiles with what `tsc --init` writes.
 * `tsx .ci/compat/consumers.ts <folder of tarballs> [case]`
 */
import { execFile } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { serve } from "../scripts/registry.js"

type Versions = Readonly<Record<string, string>>
const here = import.meta.dirname
const work = mkdtempSync(join(tmpdir(), "consumers-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))

const { packageManager: pnpm } = JSON.parse(readFileSync(join(here, "../../package.json"), "utf8"))
const typescripts: Versions = {
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
const registry = await serve(resolve(process.argv[2] ?? "release"))
const peers: Versions = Object.assign({}, ...registry.manifests.map(({ peerDependencies }) => peerDependencies))
const ours = Object.fromEntries(registry.manifests.map(({ name }) => [name, "*"]))
const lowestPeers = Object.fromEntries(
  Object.entries(peers).map(([name, range]) => [name, range.replace(/^[\^~]/, "")]),
)

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

const install = async (name: string, manager: string, versions: Versions, compilers: ReadonlyArray<string>) => {
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
  copyFileSync(join(here, "consumer.ts"), join(folder, "consumer.ts"))
  const [command = "", ...args] = managers[manager] ?? []
  await run(command, args, folder)
  return folder
}
const compiler = (folder: string, minor: string) => join(folder, "node_modules", `typescript-${minor}`, "bin", "tsc")

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "DOM"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  types: ["node"],
}
const modes = {
  nodenext: { module: "NodeNext", moduleResolution: "NodeNext", outDir: "built" },
  bundler: { module: "ESNext", moduleResolution: "Bundler", noEmit: true },
}
/** Compiles everything that is reached, declarations included; what others' declarations are told is theirs. */
const compile = async (folder: string, minor: string, mode: keyof typeof modes) => {
  const path = `tsconfig.${minor}.${mode}.json`
  const config = { compilerOptions: { ...compilerOptions, ...modes[mode] }, files: ["consumer.ts"] }
  writeFileSync(join(folder, path), JSON.stringify(config))
  const args = [compiler(folder, minor), "-p", path, "--pretty", "false"]
  const output = await run("node", args, folder).catch((error: Error) => error.message)
  const theirs = (line: string) =>
    /^node_modules\/.*(effect|undici|@types)/.test(line) && !line.includes("@effect-tiledb")
  const errors = output.split("\n").filter((line) => /\bTS\d+:/.test(line) && !theirs(line))
  if (errors.length > 0) throw new Error(`TypeScript ${typescripts[minor]}, ${mode}:\n${errors.join("\n")}`)
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

const consume = async (name: string, manager: string, versions: Versions, compilers: ReadonlyArray<string>) => {
  const folder = await install(name, manager, versions, compilers)
  for (const minor of compilers) await compile(folder, minor, "nodenext")
  for (const minor of ends) await compile(folder, minor, "bundler")
  const printed = (await run("node", ["built/consumer.js"], folder)).trim().split("\n").at(-1) // the lines before are the log
  if (printed !== "as expected") throw new Error(`it printed ${printed}`)
  const found = Object.keys(peers).map((peer) => {
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules", peer, "package.json"), "utf8"))
    if (versions === lowestPeers && version !== versions[peer]) throw new Error(`${peer} is ${version}`)
    return `${peer} ${version}`
  })
  return { folder, said: `compiled ${compilers.length + ends.length} times, run with ${found.join(", ")}` }
}

const usual =
  (manager: string, versions: Versions = peers) =>
  async (name: string) =>
    (await consume(name, manager, versions, ends)).said
const cases: Readonly<Record<string, (name: string) => Promise<string>>> = {
  npm: async (name) => {
    const { folder, said } = await consume(name, "npm", peers, Object.keys(typescripts))
    for (const minor of ["5.9", "6.0", "7.0"]) {
      await initialized(folder, minor, "module")
      await initialized(folder, minor, "commonjs")
    }
    return `${said}; tsc --init and tsc with 5.9, 6.0 and 7.0`
  },
  pnpm: usual("pnpm"),
  "yarn 1": usual("yarn1"),
  "yarn 4": usual("yarn4"),
  "lowest peers": usual("npm", lowestPeers),
}

let failed = 0
const queue = Object.entries(cases).filter(([name]) => name === (process.argv[3] ?? name))
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, consumer] = next
    const began = Date.now()
    const said = await consumer(name).catch((error: Error) => {
      failed++
      return error.message
    })
    console.log(`${name}: ${said}, in ${Math.round((Date.now() - began) / 1000)} s`)
  }
}
await Promise.all([worker(), worker()])
registry.close()
process.exitCode = failed > 0 ? 1 : 0
