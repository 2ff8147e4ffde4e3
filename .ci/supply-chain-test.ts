/**
 * Plants a package against each line of the install policy in pnpm-workspace.yaml, in a registry on loopback that lives as
 * long as this script: with our policy the install is refused for the reason that is named, with that line taken out the
 * same install goes through, so it is that line which refused it. Also holds .ci/tools to the same policy.
 */
import { execFileSync, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Version {
  readonly manifest: Readonly<Record<string, unknown>>
  readonly published: string
  /** Published with provenance, as a trusted publisher does. */
  readonly provenance?: boolean
}

const folder = mkdtempSync(join(tmpdir(), "supply-chain-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const long = "2024-01-01T00:00:00.000Z"
const hourAgo = new Date(Date.now() - 3_600_000).toISOString()
const versions: Readonly<Record<string, ReadonlyArray<Version>>> = {
  "planted-old": [{ manifest: { version: "1.0.0" }, published: long }],
  "planted-fresh": [{ manifest: { version: "1.0.0" }, published: hourAgo }],
  "planted-untrusted": [
    { manifest: { version: "1.0.0" }, published: long, provenance: true },
    { manifest: { version: "1.0.1" }, published: "2024-02-01T00:00:00.000Z" },
  ],
  "planted-git": [
    { manifest: { version: "1.0.0", dependencies: { inner: `git+file://${folder}/inner` } }, published: long },
  ],
  "planted-script": [{ manifest: { version: "1.0.0", scripts: { postinstall: "node -e 0" } }, published: long }],
}

const tarball = (name: string, manifest: object) => {
  const stage = join(folder, "stage", name)
  mkdirSync(join(stage, "package"), { recursive: true })
  writeFileSync(join(stage, "package", "package.json"), JSON.stringify({ name, ...manifest }))
  return execFileSync("tar", ["-czf", "-", "-C", stage, "package"])
}

/** What the registry answers for a package: its versions, when each was published, and with what provenance. */
const packument = (name: string, origin: string) => {
  const all = (versions[name] ?? []).map(({ manifest, provenance }) => {
    const version = String(manifest.version)
    const content = tarball(name, manifest)
    tarballs.set(`/${name}/-/${name}-${version}.tgz`, content)
    const dist = {
      tarball: `${origin}/${name}/-/${name}-${version}.tgz`,
      integrity: `sha512-${createHash("sha512").update(content).digest("base64")}`,
      ...(provenance && {
        attestations: {
          url: `${origin}/-/attestations`,
          provenance: { predicateType: "https://slsa.dev/provenance/v1" },
        },
      }),
    }
    return [version, { name, ...manifest, hasInstallScript: "scripts" in manifest, dist }] as const
  })
  const time = Object.fromEntries((versions[name] ?? []).map((one) => [String(one.manifest.version), one.published]))
  return {
    name,
    "dist-tags": { latest: all.at(-1)?.[0] },
    versions: Object.fromEntries(all),
    time: { modified: long, ...time },
  }
}
const tarballs = new Map<string, Buffer>()

const registry = createServer((request, response) => {
  const path = decodeURIComponent(request.url ?? "/")
  const content = tarballs.get(path)
  if (content !== undefined) return response.end(content)
  const name = path.slice(1)
  if (!(name in versions)) return response.writeHead(404).end("{}")
  const { port } = registry.address() as AddressInfo
  response.setHeader("content-type", "application/json")
  return response.end(JSON.stringify(packument(name, `http://127.0.0.1:${port}`)))
})

const ours = readFileSync("pnpm-workspace.yaml", "utf8")
const lines = ["minimumReleaseAge", "trustPolicy", "blockExoticSubdeps", "strictDepBuilds"].map((setting) => {
  const line = ours.match(new RegExp(`^${setting}: ([^ #\n]+)`, "m"))
  if (line === null) throw new Error(`pnpm-workspace.yaml does not set ${setting}`)
  return `${setting}: ${line[1]}`
})
const apart = [".ci/tools", ".ci/runtimes", "examples/admin", "docs"]
for (const path of apart.map((folder) => `${folder}/pnpm-workspace.yaml`)) {
  const said = readFileSync(path, "utf8").split("\n")
  for (const line of lines) if (!said.includes(line)) throw new Error(`${path} does not say "${line}"`)
}
const { packageManager } = JSON.parse(readFileSync("package.json", "utf8"))

let number = 0
/** The exit code and the output of an install of one dependency, with a store and a cache of its own. */
const install = async (name: string, policy: ReadonlyArray<string>) => {
  const project = join(folder, `project-${++number}`)
  mkdirSync(project)
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ private: true, packageManager, dependencies: { [name]: "^1.0.0" } }),
  )
  writeFileSync(join(project, "pnpm-workspace.yaml"), `packages: []\n${policy.join("\n")}\n`)
  const { port } = registry.address() as AddressInfo
  const flags = [
    `--registry=http://127.0.0.1:${port}`,
    `--store-dir=${project}/store`,
    `--config.cacheDir=${project}/cache`,
  ]
  const child = spawn("npx", ["-y", packageManager, "install", "--no-frozen-lockfile", ...flags], {
    cwd: project,
    timeout: 60_000,
    env: { ...process.env, CI: "true" },
  })
  let output = ""
  child.stdout.on("data", (chunk) => (output += chunk))
  child.stderr.on("data", (chunk) => (output += chunk))
  const code = await new Promise((resolve) => child.on("close", resolve))
  return { code, output }
}

/** What is planted, the line of the policy that refuses it, and pnpm's name for that. */
const planted = [
  ["planted-fresh", "minimumReleaseAge", /ERR_PNPM_NO_MATURE_MATCHING_VERSION|minimumReleaseAge/],
  ["planted-untrusted", "trustPolicy", /ERR_PNPM_TRUST_DOWNGRADE/],
  ["planted-git", "blockExoticSubdeps", /ERR_PNPM_EXOTIC_SUBDEP/],
  ["planted-script", "strictDepBuilds", /ERR_PNPM_IGNORED_BUILDS/],
] as const

const git = (...args: ReadonlyArray<string>) => execFileSync("git", ["-C", join(folder, "inner"), ...args])
mkdirSync(join(folder, "inner"))
writeFileSync(join(folder, "inner", "package.json"), JSON.stringify({ name: "inner", version: "1.0.0" }))
git("init", "-q")
git("add", ".")
git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-qm", "inner")

await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve))
const failures: Array<string> = []
const expect = (what: string, holds: boolean, output: string) => {
  if (!holds) failures.push(`${what}\n${output}`)
}
await Promise.all([
  install("planted-old", lines).then(({ code, output }) => expect("an old package installs", code === 0, output)),
  ...planted.map(async ([name, setting, reason]) => {
    const refused = await install(name, lines)
    expect(`${name} is refused by ${setting}`, refused.code !== 0 && reason.test(refused.output), refused.output)
    const without = lines.filter((line) => !line.startsWith(setting))
    const let_in = await install(name, without)
    expect(`${name} installs without ${setting}`, let_in.code === 0, let_in.output)
  }),
])
registry.close()
registry.closeAllConnections()
for (const failure of failures) console.log(`not so: ${failure}`)
if (failures.length > 0) process.exit(1)
console.log(`install policy: ${planted.map(([name, setting]) => `${name} refused by ${setting}`).join(", ")}`)
