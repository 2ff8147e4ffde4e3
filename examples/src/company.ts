/** A network as companies have it: a certificate authority of their own, and a proxy between us and the service. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Tls from "node:tls"
import { Effect } from "effect"

const listening = <S extends Net.Server>(server: S) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () => Effect.sync(() => server.close()),
  )

/** Joins two sockets; where one ends or breaks, so does the other. */
const connect = (one: Net.Socket, other: Net.Socket) => {
  one.pipe(other)
  other.pipe(one)
  for (const socket of [one, other]) {
    socket.on("error", () => {})
    socket.on("close", () => {
      one.destroy()
      other.destroy()
    })
  }
}

/** A folder with `ca.pem`, and the certificate that it gives to `localhost`. */
const certificates = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "effect-tiledb-"))
    const at = (name: string) => join(folder, name)
    const make = (...more: ReadonlyArray<string>) =>
      execFileSync(
        "openssl",
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", ...more],
        { stdio: "ignore" },
      )
    make("-subj", "/CN=Company CA", "-keyout", at("ca.key"), "-out", at("ca.pem"))
    make(
      ...[
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-CA",
        at("ca.pem"),
        "-CAkey",
        at("ca.key"),
      ],
      ...["-keyout", at("server.key"), "-out", at("server.pem")],
    )
    return at
  }),
  (at) => Effect.sync(() => rmSync(at("."), { recursive: true, force: true })),
)

/** The service at this port over TLS, and a proxy that reports the targets of its tunnels. */
export const company = (servicePort: number) =>
  Effect.gen(function* () {
    const at = yield* certificates
    const tls = Tls.createServer({ cert: readFileSync(at("server.pem")), key: readFileSync(at("server.key")) })
    tls.on("secureConnection", (socket) => connect(socket, Net.connect(servicePort, "127.0.0.1")))
    const port = yield* listening(tls)

    const tunnels: Array<string> = []
    const proxy = Http.createServer()
    proxy.on("connect", (request, client, head) => {
      const [host = "", port = ""] = String(request.url).split(":")
      tunnels.push(host)
      const upstream = Net.connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n")
        upstream.write(head)
        connect(client as Net.Socket, upstream)
      })
    })
    const proxyPort = yield* listening(proxy)
    return { host: `https://localhost:${port}`, caFile: at("ca.pem"), proxy: `http://127.0.0.1:${proxyPort}`, tunnels }
  })
