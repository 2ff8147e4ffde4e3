/**
 * Packs, checks and publishes what is built: `pnpm release`, in CI by trusted publishing, or `pnpm release --dry-run`, which
 * does all but publish. Leaves in `release/` the tarballs, a CycloneDX SBOM of each, and nothing else.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { manifestOf, serve } from "./registry.js"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const release = join(root, "release")
const dryRun = process.argv.includes("--dry-run")
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const run = (command: string, args: ReadonlyArray<string>, cwd = root) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26 })
const pnpm = (...args: ReadonlyArray<string>) => run("npx", ["-y", packageManager, ...args])
const stop = (what: string) => {
  console.log(dryRun ? `would stop: ${what}` : `stopped: ${what}`)
  if (!dryRun) process.exit(1)
}

if (run("git", ["status", "--porcelain"]).trim() !== "") stop("there are changes that are not committed")
const pending = readdirSync(join(root, ".changeset")).filter((file) => file.endsWith(".md") && file !== "README.md")
if (pending.length > 0) stop(`changesets wait for pnpm version-packages: ${pending.join(", ")}`)

// Leftovers of an earlier build would be packed too.
for (const name of readdirSync(join(root, "packages")))
  rmSync(join(root, "packages", name, "dist"), { recursive: true, force: true })
rmSync(release, { recursive: true, force: true })
mkdirSync(release)
pnpm("build")
pnpm("-r", "--filter", "./packages/*", "exec", "pnpm", "pack", "--pack-destination", release)
const tarballs = readdirSync(release).sort((one, other) => {
  const order = ["schema", "client", "testkit"] // what others depend on comes first
  return order.findIndex((name) => one.includes(name)) - order.findIndex((name) => other.includes(name))
})
const checked = spawnSync("npx", ["tsx", ".ci/tools/tarballs.ts", release], { cwd: root, stdio: "inherit" })
if (checked.status !== 0) process.exit(1)

const work = mkdtempSync(join(tmpdir(), "release-"))
const registry = await serve(release)
try {
  for (const tarball of tarballs) {
    const folder = join(work, tarball)
    run("bash", ["-c", 'mkdir "$1" && tar -xzf "$0" -C "$1" --strip-components=1', join(release, tarball), folder])
    const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
    // npm resolves asynchronously to this process, which is the registry.
    const install = [
      "install",
      "--package-lock-only",
      "--omit=dev",
      "--no-audit",
      "--no-fund",
      "--registry",
      registry.url,
    ]
    const child = spawn("npm", install, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
    const code = await new Promise((done) => child.on("close", done))
    if (code !== 0) throw new Error(`npm could not resolve what ${tarball} depends on`)
    const sbom = join(release, tarball.replace(/\.tgz$/, ".cdx.json"))
    const format = ["--mc-type", "library", "--output-reproducible", "--spec-version", "1.6", "--output-file", sbom]
    run(
      join(root, ".ci/tools/node_modules/.bin/cyclonedx-npm"),
      ["--package-lock-only", "--omit", "dev", ...format],
      folder,
    )
    const { metadata, components } = JSON.parse(readFileSync(sbom, "utf8"))
    const { name, version } = manifestOf(join(release, tarball))
    const { group, name: own, version: its } = metadata.component
    if (`${group}/${own}@${its}` !== `${name}@${version}` || components.length === 0) {
      throw new Error(
        `the SBOM of ${name}@${version} is of ${group}/${own}@${its} with ${components.length} components`,
      )
    }
    console.log(`${name}@${version}: SBOM with ${components.length} components`)
  }
} finally {
  registry.close()
  rmSync(work, { recursive: true, force: true })
}

for (const tarball of tarballs) {
  const { name, version } = manifestOf(join(release, tarball))
  const tag = process.env.GITHUB_REF_NAME
  if (tag !== `v${version}`) stop(`${name} is ${version}, and the tag is ${tag ?? "not there"}`)
  const args = [
    "publish",
    join(release, tarball),
    "--provenance",
    "--access",
    "public",
    ...(dryRun ? ["--dry-run"] : []),
  ]
  console.log(`npm ${args.map((arg) => arg.replace(`${root}/`, "")).join(" ")}`)
  process.stdout.write(run("npm", args))
}
