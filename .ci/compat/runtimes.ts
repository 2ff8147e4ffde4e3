/**
 * The same contract in every runtime: installs the packed tarballs, runs ./programs in Node, Bun, Deno, workerd
 * and Chromium against the server mode, compares each answer with what the wire in memory gives, and makes the table of
 * docs/compatibility.md. A difference that is not explained below fails, and so does a table other than the one that is
 * committed, patch versions apart. `tsx .ci/compat/runtimes.ts release [--update]`
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { build } from "esbuild"
import { chromium } from "playwright-core"
import { serve } from "../scripts/registry.js"
import { controlOver } from "./programs/control.js"

type Seen = Readonly<Record<string, string>>
interface Line extends Readonly<Record<string, string>> {
  readonly controlUrl: string
  readonly controlToken: string
}
interface Runtime {
  readonly name: string
  readonly version: () => Promise<string>
  readonly transports: ReadonlyArray<keyof typeof transports>
  readonly run: (transport: string) => Promise<Seen>
}

const here = import.meta.dirname
const tarballs = resolve(process.argv[2] ?? "release")
const update = process.argv[3] === "--update"
const binaries = join(here, "node_modules")
const work = mkdtempSync(join(tmpdir(), "runtimes-"))
process.on("exit", () => rmSync(work, { recursive: true, force: true }))
const execute = promisify(execFile)
const run = async (command: string, args: ReadonlyArray<string>) => {
  const { stdout } = await execute(command, [...args], { cwd: work, timeout: 180_000, maxBuffer: 1 << 26 })
  return stdout.trim()
}
const lastLine = (text: string): Seen => JSON.parse(text.split("\n").at(-1) ?? "")

const transports = {
  NodeTransport: 'export { layer } from "@effect-tiledb/client/NodeTransport"',
  FetchTransport: 'export { layer } from "@effect-tiledb/client/FetchTransport"',
  "FetchTransport, a connection for each request": `
import * as HttpClient from "@effect/platform/HttpClient"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as Layer from "effect/Layer"
const requestInit = "Deno" in globalThis
  ? { client: Deno.createHttpClient({ poolMaxIdlePerHost: 0 }) }
  : { keepalive: false }
export const layer = Layer.sync(HttpClient.HttpClient, () => FetchTransport.make({ requestInit }))`,
  FetchHttpClient: 'export { layer } from "@effect/platform/FetchHttpClient"',
} as const
const moduleOf = (transport: string) => `transport-${Object.keys(transports).indexOf(transport)}.js`

/** Installs by name and range, and puts the programs beside what they import. */
const install = async () => {
  const registry = await serve(tarballs)
  const { manifests } = registry
  const peers = Object.assign({}, ...manifests.map(({ peerDependencies }) => peerDependencies))
  const dependencies = { ...peers, ...Object.fromEntries(manifests.map(({ name }) => [name, "*"])) }
  writeFileSync(join(work, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }))
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--registry", registry.url])
  registry.close()
  const sources = join(here, "programs")
  const entryPoints = readdirSync(sources)
    .filter((file) => !file.endsWith(".d.ts"))
    .map((file) => join(sources, file))
  await build({ entryPoints, outdir: work, format: "esm", target: "es2022", logLevel: "error" })
  for (const [transport, text] of Object.entries(transports)) writeFileSync(join(work, moduleOf(transport)), text)
}

/** One module with everything in it; what only Node has is not reached from the contract. */
const bundle = async (entry: string, transport: string, format: "esm" | "iife") => {
  const outfile = join(work, `${entry}.bundle.js`)
  await build({
    stdin: {
      contents: `import "./${entry}.js"; ${format === "esm" ? `export { default } from "./${entry}.js"` : ""}`,
      resolveDir: work,
    },
    alias: { "#transport": join(work, moduleOf(transport)) },
    external: ["node:*"],
    bundle: true,
    format,
    outfile,
    logLevel: "error",
  })
  const left = /(?:from|import|require\()\s*["']node:[a-z]+["']/.exec(readFileSync(outfile, "utf8"))
  if (left !== null) throw new Error(`the bundle of ${entry} needs Node: ${left[0]}`)
  return outfile
}

const children = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of children) child.kill()
})
/** Starts a program that says on standard output where it is; ends it when the work is done. */
const during = async <A>(
  command: string,
  args: ReadonlyArray<string>,
  ready: RegExp,
  use: (said: string) => Promise<A>,
) => {
  const child = spawn(command, [...args], { cwd: work, stdio: ["ignore", "pipe", "pipe"] })
  children.add(child)
  try {
    const said = await new Promise<string>((done, fail) => {
      let text = ""
      const hear = (chunk: Buffer) => {
        text += chunk
        const found = ready.exec(text)
        if (found !== null) done(found[1] ?? found[0])
      }
      child.stdout.on("data", hear)
      child.stderr.on("data", hear)
      child.once("error", fail)
      child.once("exit", (code) => fail(new Error(`${command} ended with ${code}: ${text}`)))
      setTimeout(() => fail(new Error(`${command} did not start: ${text}`)), 30_000).unref()
    })
    return await use(said)
  } finally {
    child.kill()
    children.delete(child)
  }
}

const serverMode = join(work, "node_modules/@effect-tiledb/testkit/dist/internal/cli/main.js")
const atServer = <A>(args: ReadonlyArray<string>, use: (line: Line, text: string) => Promise<A>) =>
  during(process.execPath, [serverMode, "serve", "--seed", "1", ...args], /^\{.*\}$/m, (text) =>
    use(JSON.parse(text), text),
  )

const command =
  (program: string, ...flags: ReadonlyArray<string>) =>
  (transport: string) =>
    atServer([], async (_, text) =>
      lastLine(await run(program, [...flags, join(work, "command.js"), text, `./${moduleOf(transport)}`])),
    )

const inWorkerd = (program: string) => async (transport: string) => {
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "network", network = (allow = ["local", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${(await bundle("worker", transport, "esm")).slice(work.length + 1)}")],
  compatibilityDate = "2026-06-01",
  globalOutbound = "network",
);`
  writeFileSync(join(work, "workerd.capnp"), config)
  const args = ["serve", "workerd.capnp", "--control-fd=1"]
  return during(program, args, /"socket":"http","port":(\d+)/, (port) =>
    atServer([], async (_, text) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: text })
      return lastLine(await answer.text())
    }),
  )
}

const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] })
const inPage = async (transport: string): Promise<Seen> => {
  const script = readFileSync(await bundle("page", transport, "iife"), "utf8")
  const site = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>")
  })
  await new Promise<void>((done) => site.listen(0, "127.0.0.1", done))
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const browser = await launch()
  try {
    return await atServer(["--cors", origin], async ({ controlToken, controlUrl, ...line }) => {
      const page = await browser.newPage()
      await page.goto(origin)
      // The control port lets no page in: the page asks this process.
      await page.exposeFunction("control", controlOver(controlUrl, controlToken))
      await page.addScriptTag({ content: script })
      return await page.evaluate<Seen>(`contract(${JSON.stringify(line)}, control)`)
    })
  } finally {
    await browser.close()
    site.close()
  }
}

const bun = join(binaries, "@oven/bun-linux-x64/bin/bun")
const deno = join(binaries, "@deno/linux-x64-glibc/deno")
const workerd = join(binaries, "@cloudflare/workerd-linux-64/bin/workerd")
const node = (major: number): Runtime => {
  const program = join(binaries, `node-${major}/bin/node`)
  return {
    name: "Node",
    version: async () => (await run(program, ["--version"])).slice(1),
    transports: ["NodeTransport", "FetchTransport"],
    run: command(program),
  }
}
const runtimes: ReadonlyArray<Runtime> = [
  node(20),
  node(22),
  node(24),
  {
    name: "Deno",
    version: async () => /deno ([\d.]+)/.exec(await run(deno, ["--version"]))?.[1] ?? "",
    transports: ["NodeTransport", "FetchTransport", "FetchTransport, a connection for each request", "FetchHttpClient"],
    run: command(deno, "run", "-A", "--node-modules-dir=manual"),
  },
  {
    name: "Bun",
    version: () => run(bun, ["--version"]),
    transports: ["NodeTransport", "FetchTransport", "FetchTransport, a connection for each request", "FetchHttpClient"],
    run: command(bun),
  },
  {
    name: "workerd",
    version: async () => (await run(workerd, ["--version"])).replace(/^workerd /, ""),
    transports: ["FetchTransport", "FetchHttpClient"],
    run: inWorkerd(workerd),
  },
  {
    name: "Chromium",
    version: async () => {
      const browser = await launch()
      return browser.version().concat(await browser.close().then(() => ""))
    },
    transports: ["FetchTransport", "FetchHttpClient"],
    run: inPage,
  },
]

const requests = (text: string | undefined) => Number(/after (\d+) requests/.exec(text ?? "")?.[1] ?? 0)

const overFetch = (runtime: string) => [`${runtime} FetchTransport`, `${runtime} FetchHttpClient`]

/** Why a runtime may answer otherwise than the wire in memory. What is not here fails. */
const explained: ReadonlyArray<{
  readonly why: string
  readonly on: ReadonlyArray<string>
  readonly when: (name: string, seen: string | undefined, reference: string) => boolean
}> = [
  {
    why: "[resends requests](#requests-that-a-runtime-resends)",
    on: ["Deno", "Bun", "workerd", "Chromium"].flatMap(overFetch),
    when: (name, seen, reference) =>
      /: (reset before|reset after|cut head|cut body|half a body)$/.test(name) &&
      (requests(seen) > requests(reference) || /^NotFound 404 NotDone, after 2/.test(seen ?? "")),
  },
  {
    why: "[redirects](#redirects-in-a-page)",
    on: overFetch("Chromium"),
    when: (name, seen) => name.endsWith(": redirect") && /^TransportError RedirectRefused/.test(seen ?? ""),
  },
  {
    why: "[an API key is refused](#api-keys-in-a-page)",
    on: overFetch("Chromium"),
    when: (name, seen) => name === "defaults: an API key reads itself" && /allowCredentialsInBrowser/.test(seen ?? ""),
  },
  {
    why: "[refused at construction](#no-undici-on-bun)",
    on: ["Bun NodeTransport"],
    when: (_, seen) => /need undici/.test(seen ?? ""),
  },
]

/** The number of requests does not count in a runtime that resends them by itself: only the result does. */
const same = (label: string, seen: string | undefined, reference: string | undefined) =>
  seen === reference ||
  (explained[0]?.on.includes(label) === true && seen?.startsWith("works") === true && reference?.startsWith("works"))

let failed = 0
const compare = (label: string, seen: Seen, reference: Seen) => {
  const names = Object.keys(reference)
  const counts = new Map<string, number>()
  let passed = 0
  for (const name of new Set([...names, ...Object.keys(seen)])) {
    if (same(label, seen[name], reference[name])) {
      passed++
      continue
    }
    const reason = explained.find(({ on, when }) => on.includes(label) && when(name, seen[name], reference[name] ?? ""))
    if (reason !== undefined) {
      counts.set(reason.why, (counts.get(reason.why) ?? 0) + 1)
      continue
    }
    failed++
    console.log(`${label}: ${name}\n  expected ${reference[name]}\n  it was   ${seen[name]}`)
  }
  return { passed, total: names.length, others: Array.from(counts, ([why, count]) => `${count}: ${why}`).join("; ") }
}

await install()
const reference = lastLine(await run(process.execPath, ["reference.js"]))
const broken = Object.entries(reference).filter(([name, text]) => name.startsWith("contract: ") && text !== "ok")
for (const [name, text] of broken) console.log(`in memory: ${name}: ${text}`)
failed += broken.length

const began = Date.now()
const rows: Array<ReadonlyArray<string>> = []
const runs = runtimes.flatMap((runtime) => runtime.transports.map((transport) => ({ runtime, transport })))
const queue = Array.from(runs.entries())
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, { runtime, transport }] = next
    const label = `${runtime.name} ${transport}`
    try {
      const version = await runtime.version()
      const { others, passed, total } = compare(label, await runtime.run(transport), reference)
      console.log(`${runtime.name} ${version}, ${transport}: ${passed} of ${total} ${others}`)
      rows[index] = [runtime.name, version, transport, `${passed} of ${total}`, others]
    } catch (error) {
      failed++
      console.log(`${label}: ${error}`)
    }
  }
}
await Promise.all([worker(), worker()])
console.log(`${rows.length} runs in ${Math.round((Date.now() - began) / 1000)} s, ${failed} problems`)

const document = join(here, "../../docs/compatibility.md")
const text = readFileSync(document, "utf8")
const [start, end] = ["<!-- made by .ci/compat/runtimes.ts -->", "<!-- end -->"]
const [before = "", after = ""] = [text.slice(0, text.indexOf(start)), text.slice(text.indexOf(end))]
const header = ["runtime", "version", "transport", "as in memory", "the others"]
const all = [header, ...rows]
const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
const lineOf = (row: ReadonlyArray<string>) =>
  `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`
const made = `${before}${start}\n\n${[lineOf(header), rule, ...rows.map(lineOf)].join("\n")}\n\n${end}${after.slice(end.length)}`
// 24.21.0 and 24.21.3 are the same row; Chromium is Debian's, whatever that is today.
const apart = (table: string) =>
  table
    .replace(/(\| Chromium *\|) [\d.]+/, "$1")
    .replace(/\b(\d+\.\d+)\.[\d.]+/g, "$1")
    .replace(/[ -]+/g, " ")
if (update && failed === 0) writeFileSync(document, made)
else if (apart(made) !== apart(text)) {
  failed++
  console.log("docs/compatibility.md has another table: run this with --update, and look at what changed")
}
process.exit(failed > 0 ? 1 : 0)
