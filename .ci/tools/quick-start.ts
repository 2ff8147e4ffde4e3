/**
 * The README's way from an empty folder to a passing test, done as it says: every command and every file is taken from its
 * text, in an empty folder with an empty home and empty caches, with the packed tarballs from a registry on loopback. Then the
 * same folder is compiled and run with the newest TypeScript, and `main.ts` against the server mode.
 * `tsx .ci/tools/quick-start.ts <folder of tarballs> [README]`; tried on planted faults by quick-start-test.
 */
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { serve } from "./registry.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const tarballs = resolve(process.argv[2] ?? "release")
const readme = readFileSync(process.argv[3] ?? join(root, "README.md"), "utf8")

const section = readme.split(/^## /m).find((text) => text.startsWith("From an empty folder to a passing test\n")) ?? ""
const blocks = Array.from(
  section.matchAll(/(?:<!-- (\S+) -->\n)?```(\w*)\n([\s\S]*?)```\n/g),
  ([, file, language = "", text = ""]) => ({ file, language, text }),
)
const commands = blocks.flatMap(({ language, text }) => (language === "sh" ? text.trim().split("\n") : []))
if (commands.length < 7 || blocks.filter(({ file }) => file !== undefined).length !== 3) {
  throw new Error(`${commands.length} commands and ${blocks.length} blocks found: the section is not as expected`)
}

const work = mkdtempSync(join(tmpdir(), "quick-start-"))
const home = join(work, "home")
const folder = join(work, "invite")
mkdirSync(home)
mkdirSync(folder)
const registry = await serve(tarballs)
const base = {
  PATH: process.env.PATH ?? "",
  HOME: home,
  npm_config_registry: registry.url,
  npm_config_cache: join(home, "cache"),
  npm_config_update_notifier: "false",
  npm_config_audit: "false",
}

const start = (command: string, env: Readonly<Record<string, string>> = {}) => {
  const child = spawn("bash", ["-c", command], { cwd: folder, env: { ...base, ...env }, detached: true })
  let output = ""
  let seen: () => void = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk
      seen()
    })
  }
  const exit = new Promise<number>((done) => child.on("close", (code) => done(code ?? 1)))
  const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM")
  const timer = setTimeout(stop, 180_000)
  exit.then(() => clearTimeout(timer))
  const firstLine = new Promise<string>((done, fail) => {
    seen = () => output.includes("\n") && done(output.slice(0, output.indexOf("\n")))
    exit.then(() => fail(new Error(`${command} has ended:\n${output}`))).catch(fail)
  })
  firstLine.catch(() => {})
  return { exit, stop, output: () => output, firstLine }
}

const run = async (command: string, options: { env?: Readonly<Record<string, string>>; fails?: RegExp } = {}) => {
  console.log(`$ ${command}`)
  const program = start(command, options.env)
  const code = await program.exit
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const output = program.output().replace(/\u001b\[[\d;]*m/g, "")
  console.log(
    output
      .replaceAll(folder, "…")
      .replace(/^npm warn install-scripts.*\n/gm, "")
      .trimEnd(),
  )
  const wanted = options.fails === undefined ? code === 0 : code !== 0 && options.fails.test(output)
  if (!wanted) throw new Error(`exit code ${code}: ${command}`)
  return output
}
const expect = (what: string, holds: boolean) => {
  if (!holds) throw new Error(`not so: ${what}`)
}

try {
  let server: ReturnType<typeof start> | undefined
  for (const { file, language, text } of blocks) {
    if (file !== undefined) {
      const name = basename(file)
      expect(`the README names ${name}`, section.includes(`\`${name}\``))
      writeFileSync(join(folder, name), text)
      console.log(`(writes ${name})`)
      continue
    }
    expect(`a block is commands or a file, not ${language}`, language === "sh")
    for (const command of text.trim().split("\n")) {
      if (command !== "npx tsx main.ts") {
        const output = await run(command)
        expect("npm finds versions that fit", !/ERESOLVE|unmet peer|deprecated/.test(output))
        if (command === "npx vitest run") expect("its two tests pass", /Tests +2 passed \(2\)/.test(output))
        continue
      }
      await run(command, { fails: /TILEDB_REST_TOKEN/ }) // without a credential it says what is missing
      const serving = "npx @effect-tiledb/testkit serve"
      expect("the README names the server mode", section.includes(`\`${serving}\``))
      console.log(`$ ${serving} &`)
      server = start(serving)
      const { baseUrl, apiKey } = JSON.parse(await server.firstLine)
      const env = { TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: apiKey }
      expect("it invites", /Invited usr_/.test(await run(command, { env })))
      await run("npm install --save-dev typescript@latest")
      await run("npx tsc --version && npx tsc")
      const second = start("npx @effect-tiledb/testkit serve")
      const other = JSON.parse(await second.firstLine)
      const built = { TILEDB_REST_HOST: other.baseUrl, TILEDB_REST_TOKEN: other.apiKey }
      expect("what it compiled invites", /Invited usr_/.test(await run("node main.js", { env: built })))
      for (const one of [server, second]) {
        one.stop()
        await one.exit
      }
    }
  }
  expect("the README runs main.ts", server !== undefined)
} finally {
  registry.close()
  rmSync(work, { recursive: true, force: true })
}
console.log(`\nfrom an empty folder to a passing test: ${commands.length} commands and 3 files of the README`)
