/**
 * A registry on loopback that has our tarballs and sends for everything else to the registry in use: what is installed from
 * it is installed as from npm, by name and range.
 */

import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** The package.json in a tarball. */
export const manifestOf = (tarball: string): Manifest =>
  JSON.parse(execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }))

export const serve = async (folder: string) => {
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim().replace(/\/$/, "")
  const packages = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith(".tgz"))
      .map((file) => {
        const content = readFileSync(join(folder, file))
        const manifest = manifestOf(join(folder, file))
        return [manifest.name, { file, content, manifest }] as const
      }),
  )
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/")
    const { port } = server.address() as AddressInfo
    for (const [name, { file, content, manifest }] of packages) {
      if (path === `/-/${file}`) return response.end(content)
      if (path !== `/${name}`) continue
      const dist = {
        tarball: `http://127.0.0.1:${port}/-/${file}`,
        integrity: `sha512-${createHash("sha512").update(content).digest("base64")}`,
        shasum: createHash("sha1").update(content).digest("hex"),
      }
      const { version } = manifest
      response.setHeader("content-type", "application/json")
      const time = {
        created: "2024-01-01T00:00:00.000Z",
        modified: "2024-01-01T00:00:00.000Z",
        [version]: "2024-01-01T00:00:00.000Z",
      }
      const versions = { [version]: { ...manifest, _id: `${name}@${version}`, dist } }
      return response.end(JSON.stringify({ _id: name, name, "dist-tags": { latest: version }, versions, time }))
    }
    return response.writeHead(302, { location: `${upstream}${request.url}` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
