/**
 * The README's way from an empty folder to a passing test, done as it says: every command and every file is taken from its
 * text, in an empty folder with an empty home and empty caches, with the packed tarballs from a registry on loopback;
 * `main.ts` runs once without a credential and once against the server mode. `tsx .ci/scripts/quick-start.ts <folder of tarballs>`
 */
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { serve } from "./registry.js"

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8")
const section = readme.split(/^## /m).find((text) => text.startsWith("From an empty folder to a passing test\n")) ?? ""
const blocks = Array.from(section.matchAll(/(?:<!-- (\S+) -->\n)?```(\w*)\n([\s\S]*?)```\n/g))

const work = mkdtempSync(join(tmpdir(), "quick-start-"))
const home = join(work, "home")
const folder = join(work, "invite")
mkdirSync(home)
mkdirSync(folder)
const registry = await serve(resolve(process.argv[2] ?? "release"))
const base = {
  PATH: process.env.PATH ?? "",
  HOME: home,
  npm_config_registry: registry.url,
  npm_config_cache: join(home, "cache"),
  npm_config_update_notifier: "false",
  npm_config_audit: "false",
}
const expect = (what: string, holds: boolean) => {
  if (!holds) throw new Error(`not so: ${what}`)
}

const start = (command: string, env: Readonly<Record<string, string>> = {}) => {
  console.log(`$ ${command}`)
  const child = spawn("bash", ["-c", command], { cwd: folder, env: { ...base, ...env }, detached: true })
  const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM")
  const timer = setTimeout(stop, 180_000)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk))
  const ended = new Promise<{ code: number; output: string }>((done) =>
    child.on("close", (code) => {
      clearTimeout(timer)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
      done({ code: code ?? 1, output: output.replace(/\u001b\[[\d;]*m/g, "") })
    }),
  )
  const firstLine = async () => {
    while (!output.includes("\n")) {
      await new Promise((done) => setTimeout(done, 50))
      if (child.exitCode !== null) throw new Error(`${command} has ended: ${output}`)
    }
    return output.slice(0, output.indexOf("\n"))
  }
  return { ended, firstLine, stop }
}
const run = async (command: string, env: Readonly<Record<string, string>> = {}) => {
  const { code, output } = await start(command, env).ended
  console.log(output.replaceAll(folder, "…").trimEnd())
  return { code, output }
}

let files = 0
let commands = 0
let tested = false
let invited = false
try {
  for (const [, file, language, text = ""] of blocks) {
    if (file !== undefined) {
      writeFileSync(join(folder, basename(file)), text)
      console.log(`(writes ${basename(file)})`)
      files++
      continue
    }
    expect(`a block is commands or a file, not ${language}`, language === "sh")
    for (const command of text.trim().split("\n")) {
      commands++
      const { code, output } = await run(command)
      if (command === "npx tsx main.ts") {
        expect("without a credential it says what is missing", code !== 0 && output.includes("TILEDB_REST_TOKEN"))
        const serving = /`(npx @effect-tiledb\/testkit serve)`/.exec(section)?.[1]
        const server = start(serving ?? "the README does not name the server mode")
        const { baseUrl, apiKey } = JSON.parse(await server.firstLine())
        const served = await run(command, { TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: apiKey })
        invited = /Invited usr_/.test(served.output)
        server.stop()
        await server.ended
      } else {
        expect(`${command} succeeds`, code === 0)
        expect("npm finds versions that fit", !/ERESOLVE|unmet peer|deprecated/.test(output))
        tested ||= command === "npx vitest run" && /Tests +[1-9]\d* passed/.test(output)
      }
    }
  }
} finally {
  registry.close()
  rmSync(work, { recursive: true, force: true })
}
expect("the README has tests that pass, and a program that invites", tested && invited)
console.log(`\nfrom an empty folder to a passing test: ${commands} commands and ${files} files of the README`)
