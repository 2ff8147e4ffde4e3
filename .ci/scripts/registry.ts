/**
 * A registry on loopback that has our tarballs and sends for everything else to the registry in use: what is installed from
 * it is installed by name and range, as from npm.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly peerDependencies: Readonly<Record<string, string>>
}

export const serve = async (folder: string) => {
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim().replace(/\/$/, "")
  const tarballs = readdirSync(folder)
    .filter((file) => file.endsWith(".tgz"))
    .map((file) => {
      const path = join(folder, file)
      const text = execFileSync("tar", ["-xzOf", path, "package/package.json"], { encoding: "utf8" })
      const manifest: Manifest = JSON.parse(text)
      const content = readFileSync(path)
      const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`
      return { content, integrity, manifest }
    })
  if (tarballs.length === 0) throw new Error(`there is no tarball in ${folder}`)

  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/")
    for (const { content, integrity, manifest } of tarballs) {
      const { name, version } = manifest
      const tarball = `/${name}/-/${name.replace(/.*\//, "")}-${version}.tgz` // where npm has it, so that lock files need no address
      if (path === tarball) return response.end(content)
      if (path !== `/${name}`) continue
      const dist = {
        tarball: url + tarball,
        integrity,
        shasum: createHash("sha1").update(content).digest("hex"),
      }
      const long = "2024-01-01T00:00:00.000Z" // no package manager may find it too young
      const time = { created: long, modified: long, [version]: long }
      const versions = { [version]: { ...manifest, _id: `${name}@${version}`, dist } }
      response.setHeader("content-type", "application/json")
      return response.end(JSON.stringify({ _id: name, name, "dist-tags": { latest: version }, versions, time }))
    }
    return response.writeHead(302, { location: `${upstream}${request.url}` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  const integrities = Object.fromEntries(tarballs.map(({ integrity, manifest }) => [manifest.name, integrity]))
  return { url, close, integrities, manifests: tarballs.map(({ manifest }) => manifest) }
}
