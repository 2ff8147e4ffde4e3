import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { createServer as createTls } from "node:https"
import { type AddressInfo, connect } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layer, World } from "./harness.js"

const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  email: "ada@example.com",
  role: "member",
  username: "ada",
  timezone: "UTC",
  created_at: "2026-01-31T12:00:00Z",
}

/** A service with a certificate of its own, by two authorities of which one has signed it, and a proxy that leads to it. */
const behind = Effect.gen(function* () {
  const { folder } = yield* World
  const authority = (name: string) => {
    const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)]
    const names = [
      "-subj",
      "/CN=users.internal.test",
      "-addext",
      "subjectAltName=DNS:users.internal.test,DNS:localhost",
    ]
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...files, ...names], {
      stdio: "ignore",
    })
    return join(folder, `${name}.pem`)
  }
  const [ca, other] = [authority("ca"), authority("other")]
  let requests = 0
  const tls = { key: readFileSync(join(folder, "ca.key")), cert: readFileSync(ca) }
  const service = createTls(tls, (_, response) => {
    requests++
    response.writeHead(200, { "content-type": "application/json" })
    response.end(JSON.stringify({ data: { user, workspaces: [] } }))
  })
  let tunnels = 0
  const proxy = createServer()
  proxy.on("connect", (_, socket) => {
    tunnels++
    const to = connect(portOf(service), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      to.pipe(socket).pipe(to)
    })
    for (const end of [socket, to]) end.on("error", () => end.destroy())
  })
  const portOf = (server: { readonly address: () => AddressInfo | string | null }): number => {
    const address = server.address()
    return typeof address === "object" && address !== null ? address.port : 0
  }
  for (const server of [service, proxy]) {
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        }),
    )
  }
  return {
    ca,
    other,
    host: `https://localhost:${portOf(service)}`,
    proxy: `http://127.0.0.1:${portOf(proxy)}`,
    requests: () => requests,
    tunnels: () => tunnels,
  }
})

describe("the configured network", () => {
  it.scopedLive("a pinned authority counts alone; a proxy is used; a message names the variable", () =>
    Effect.gen(function* () {
      const { admin, env } = yield* World
      const { ca, host, other, proxy, requests, tunnels } = yield* behind
      Object.assign(env, { TILEDB_REST_HOST: host, TILEDB_SSL_CA_FILE: other, NODE_EXTRA_CA_CERTS: ca })
      const pinned = yield* admin("who-am-i")
      assert.strictEqual(pinned.code, 2)
      assert.strictEqual(requests(), 0, "nothing was sent to a service that the authority has not signed")

      env.TILEDB_SSL_CA_FILE = ca
      delete env.NODE_EXTRA_CA_CERTS
      const trusted = yield* admin("who-am-i")
      assert.strictEqual(trusted.code, 0, trusted.stderr)

      Object.assign(env, { TILEDB_REST_HOST: "https://users.internal.test", HTTPS_PROXY: proxy })
      const through = yield* admin("who-am-i")
      assert.strictEqual(through.code, 0, through.stderr)
      assert.isAbove(tunnels(), 0)

      env.HTTPS_PROXY = "http://127.0.0.1:9"
      const dead = yield* admin("who-am-i")
      assert.strictEqual(dead.code, 2)
      assert.match(dead.stderr, /^https:.*the proxy does not respond: check HTTPS_PROXY/, "one line, and no log")
      assert.notInclude(dead.stderr, "TILEDB_REST_HOST")
      env.HTTPS_PROXY = proxy

      env.TILEDB_SSL_CA_FILE = join("nowhere", "ca.pem")
      const missing = yield* admin("who-am-i")
      assert.strictEqual(missing.code, 2)
      assert.match(missing.stderr, /^TILEDB_SSL_CA_FILE: The file cannot be read/)
    }).pipe(Effect.provide(layer())),
  )
})
