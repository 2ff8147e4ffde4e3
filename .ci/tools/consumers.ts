/**
 * Installs the packed tarballs with npm, pnpm and both Yarns in empty folders outside the workspace, by name and range from
 * a registry on loopback, compiles .ci/consumer under `nodenext` and `bundler` with the lowest and the newest TypeScript that
 * effect 3.22 compiles with, strict and with every declaration checked (`skipLibCheck` off; errors inside the
 * declarations of effect itself do not count), and runs it; once with every peer at the lower end of its range. `tsx .ci/tools/consumers.ts <folder of tarballs>`
 */
import { execFile } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { manifestOf, serve } from "./registry.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const tarballs = resolve(process.argv[2] ?? "release")
const work = mkdtempSync(join(tmpdir(), "consumers-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))

const { packageManager: pnpm } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const typescripts = { lowest: "5.4.5", newest: "7.0.2" }
const manifests = readdirSync(tarballs)
  .filter((file) => file.endsWith(".tgz"))
  .map(
    (file): Record<string, Record<string, string>> & { readonly name: string } =>
      ({ ...manifestOf(join(tarballs, file)) }) as never,
  )
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

const install = async (name: string, manager: string, versions: Record<string, string>) => {
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
      ...Object.fromEntries(
        Object.entries(typescripts).map(([key, version]) => [`typescript-${key}`, `npm:typescript@${version}`]),
      ),
    },
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2))
  if (manager === "yarn4") writeFileSync(join(folder, "yarn.lock"), "") // or it takes a folder above for its project
  copyFileSync(join(root, ".ci/consumer/consumer.ts"), join(folder, "consumer.ts"))
  const [command = "", ...args] = managers[manager] ?? []
  await run(command, args, folder)
  return folder
}

/** Compiles everything that is reached, declarations included; what others' declarations are told is theirs. */
const compile = async (folder: string, typescript: keyof typeof typescripts, mode: keyof typeof modes) => {
  const path = `tsconfig.${typescript}.${mode}.json`
  const options = { ...compilerOptions, ...modes[mode], skipLibCheck: false }
  writeFileSync(join(folder, path), JSON.stringify({ compilerOptions: options, files: ["consumer.ts"] }))
  const tsc = join("node_modules", `typescript-${typescript}`, "bin", "tsc")
  const output = await run("node", [tsc, "-p", path, "--pretty", "false"], folder).catch(
    (error: Error) => error.message,
  )
  const errors = output.split("\n").filter((line) => /\bTS\d+:/.test(line))
  const own = errors.filter(
    (line) => !/^node_modules\/.*(effect|undici|@types)/.test(line) || line.includes("@effect-tiledb"),
  )
  if (own.length > 0) throw new Error(`TypeScript ${typescripts[typescript]}, ${mode}:\n${own.join("\n")}`)
}

const expected = JSON.stringify({
  status: 404,
  names: ["owner", "owner"],
  same: true,
  operations: 10,
  secret: "<redacted>",
  internal: "ERR_PACKAGE_PATH_NOT_EXPORTED",
})
const consume = async (name: string, manager: string, versions: Record<string, string>, matrix: boolean) => {
  const began = Date.now()
  const folder = await install(name, manager, versions)
  await compile(folder, "lowest", "nodenext")
  await compile(folder, "newest", "bundler")
  if (matrix) {
    await compile(folder, "lowest", "bundler")
    await compile(folder, "newest", "nodenext")
  }
  const printed = (await run("node", ["built/consumer.js"], folder)).trim().split("\n").at(-1) // the lines before are the log
  if (printed !== expected) throw new Error(`it printed ${printed}`)
  const effect = JSON.parse(readFileSync(join(folder, "node_modules/effect/package.json"), "utf8")).version
  console.log(
    `${name}: installed, compiled ${matrix ? 4 : 2} times, run with effect ${effect} in ${Math.round((Date.now() - began) / 1000)} s`,
  )
}

const cases: ReadonlyArray<
  readonly [name: string, manager: string, versions: Record<string, string>, matrix: boolean]
> = [
  ["npm", "npm", peers, true],
  ["pnpm", "pnpm", peers, true],
  ["yarn 1", "yarn1", peers, true],
  ["yarn 4", "yarn4", peers, false],
  [
    "npm, lowest peers",
    "npm",
    Object.fromEntries(Object.entries(peers).map(([key, range]) => [key, atLowest(range)])),
    false,
  ],
]
let failed = 0
const queue = cases.filter(([name]) => process.argv[3] === undefined || name.startsWith(process.argv[3]))
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    await consume(...next).catch((error: Error) => {
      failed++
      console.log(`${next?.[0]}: ${error.message}`)
    })
  }
}
await Promise.all([worker(), worker()])
registry.close()
if (failed > 0 || manifests.length === 0) process.exit(1)
