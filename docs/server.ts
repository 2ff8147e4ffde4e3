/** Serves the built site on the loopback interface: for the tests, and for `pnpm docs:preview`. */
import { createReadStream, existsSync, statSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"

export const site = join(import.meta.dirname, ".vitepress/dist")

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1")
  const file = join(site, decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname))
  if (!file.startsWith(site) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end()
  response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream")
  return createReadStream(file).pipe(response)
})

/** Listens; 0 is any free port. */
export const listen = async (port: number): Promise<{ readonly server: Server; readonly origin: string }> => {
  await new Promise<void>((done, fail) => server.once("error", fail).listen(port, "127.0.0.1", done))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
