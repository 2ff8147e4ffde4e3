/**
 * Runs the README: every file and every command of it, except commands below a comment (`run by`, `not run`), in an empty
 * folder with an empty home and empty caches, with the packed tarballs from a registry on loopback. `serve` keeps running
 * while the commands after it run; `export` lines must be those that it prints. `main.ts` also runs once without a
 * credential. `tsx .ci/scripts/quick-start.ts <folder of tarballs>`
 */
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { serve } from "./registry.js"

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8")
const blocks = Array.from(readme.matchAll(/(?:<!-- (.+) -->\n)?```(\w*)\n([\s\S]*?)```\n/g))

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

const serving = "npx @effect-tiledb/testkit serve"
const exported: Record<string, string> = {}
let server: ReturnType<typeof start> | undefined
let files = 0
let commands = 0
let tested = false
let ran = false
try {
  const marked = (mark = "") => /^(run by|not run:) /.test(mark)
  for (const [, mark, language, text = ""] of blocks.filter(([, mark]) => !marked(mark))) {
    if (mark !== undefined) {
      writeFileSync(join(folder, basename(mark)), text)
      console.log(`(writes ${basename(mark)})`)
      files++
      continue
    }
    expect(`a block is commands or a file, not ${language}`, language === "sh")
    for (const command of text.trim().replaceAll("\\\n", "").replaceAll(/ +#.*/g, "").split("\n")) {
      commands++
      const [, variable, value = ""] = /^export (\w+)=(\S+)$/.exec(command) ?? []
      if (command.startsWith(serving)) {
        server = start(command)
        const { apiKey, baseUrl } = JSON.parse(await server.firstLine())
        Object.assign(exported, { TILEDB_REST_HOST: baseUrl, TILEDB_REST_TOKEN: apiKey })
      } else if (variable !== undefined) {
        expect(`serve prints ${command}`, exported[variable] === value)
      } else {
        if (command === "npx tsx main.ts") {
          const { code, output } = await run(command)
          expect("without a credential it names what is missing", code !== 0 && output.includes("TILEDB_REST_TOKEN"))
        }
        const { code, output } = await run(command, exported)
        expect(`${command} succeeds`, code === 0)
        expect("npm finds versions that fit", !/ERESOLVE|unmet peer|deprecated/.test(output))
        tested ||= command.includes("npx vitest run") && /Tests +[1-9]\d* passed/.test(output)
        ran ||= command === "npx tsx main.ts" && /^promise: owner\nowner$/m.test(output)
      }
    }
  }
} finally {
  server?.stop()
  await server?.ended
  registry.close()
  rmSync(work, { recursive: true, force: true })
}
expect("the README has a test that passes, and a program that reads a user in both ways", tested && ran)
console.log(`\nthe README from an empty folder: ${commands} commands and ${files} files`)
