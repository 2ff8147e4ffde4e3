// A certificate authority, servers whose certificates are its own, and a proxy that writes down all it sees.
import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TLSSocket } from "node:tls"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { user } from "./documented.js"

const openssl = (...args: ReadonlyArray<string>) => promisify(execFile)("openssl", args)

const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]

/** `ca.pem`, `server.pem`, `client.pem` with their keys, and the client's key under a passphrase, in a folder of their own. */
export const certificates = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = await mkdtemp(join(tmpdir(), "effect-tiledb-"))
    const at = (name: string) => join(folder, name)
    const leaf = (name: string, ...more: ReadonlyArray<string>) =>
      openssl(
        ...["req", "-x509", ...key, "-nodes", "-days", "2", "-subj", `/CN=${name}`],
        ...[
          "-CA",
          at("ca.pem"),
          "-CAkey",
          at("ca.key"),
          "-keyout",
          at(`${name}.key`),
          "-out",
          at(`${name}.pem`),
          ...more,
        ],
      )
    await openssl(
      ...["req", "-x509", ...key, "-nodes", "-days", "2", "-subj", "/CN=A CA of the test"],
      ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
    )
    await leaf("server", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    await leaf("client")
    await openssl("pkcs8", "-topk8", "-in", at("client.key"), "-out", at("locked.key"), "-passout", "pass:hunter22")
    return { folder, at }
  }),
  ({ folder }) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
)

export const listening = <S extends Net.Server>(server: S) =>
  Effect.acquireRelease(
    Effect.async<S>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        if (server instanceof Http.Server || server instanceof Https.Server) server.closeAllConnections()
        server.close(() => resume(Effect.void))
      }),
  )

export const portOf = (server: Net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

export interface Arrived {
  readonly key: string
  readonly clientName: string | undefined
}

const answer = (arrived: Array<Arrived>) => (request: Http.IncomingMessage, response: Http.ServerResponse) => {
  const { socket } = request
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined
  const clientName = name === undefined ? undefined : String(name)
  arrived.push({ key: String(request.headers["x-tiledb-rest-api-key"]), clientName })
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ data: { user, workspaces: [] } }))
}

/** The service over TLS, with what arrived. `asks` for the client's certificate if told. */
export const tlsService = (files: { readonly cert: string; readonly key: string; readonly ca?: string }) =>
  Effect.gen(function* () {
    const arrived: Array<Arrived> = []
    const options = { ...files, requestCert: files.ca !== undefined, rejectUnauthorized: files.ca !== undefined }
    const server = yield* listening(Https.createServer(options, answer(arrived)))
    return { arrived, port: portOf(server) }
  })

export const plainService = Effect.gen(function* () {
  const arrived: Array<Arrived> = []
  const server = yield* listening(Http.createServer(answer(arrived)))
  return { arrived, port: portOf(server) }
})

/** A proxy that makes tunnels, or refuses: with a status, or by hanging up. `seen` is every byte that clients sent it. */
export const proxy = (options: { readonly refuses?: number | "CLOSED" } = {}) =>
  Effect.gen(function* () {
    const chunks: Array<Buffer> = []
    const connects: Array<string> = []
    const requests: Array<string> = []
    const http = Http.createServer((request, response) => {
      requests.push(String(request.url))
      response.end()
    })
    http.on("connection", (socket) => {
      const emit = socket.emit.bind(socket)
      socket.emit = (event: string, ...args: Array<unknown>) => {
        if (event === "data" && args[0] instanceof Buffer) chunks.push(args[0])
        return emit(event, ...args)
      }
    })
    http.on("connect", (request, client, head) => {
      connects.push(`${request.url} ${JSON.stringify(request.headers)}`)
      if (options.refuses === "CLOSED") {
        client.destroy()
        return
      }
      if (options.refuses !== undefined) {
        client.end(`HTTP/1.1 ${options.refuses} No\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const [host = "", port = ""] = String(request.url).split(":")
      const upstream = Net.connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n")
        upstream.write(head)
        client.on("data", (chunk) => chunks.push(chunk))
        client.pipe(upstream)
        upstream.pipe(client)
      })
      const end = () => {
        upstream.destroy()
        client.destroy()
      }
      for (const stream of [upstream, client]) {
        stream.on("error", end)
        stream.on("close", end)
      }
    })
    const server = yield* listening(http)
    return { port: portOf(server), connects, requests, seen: () => Buffer.concat(chunks).toString("latin1") }
  })

/** Variables of the process, as undici reads them, until the scope closes. */
export const environment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const names = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()])
      const before = new Map(names.map((name) => [name, process.env[name]]))
      for (const name of names) delete process.env[name]
      Object.assign(process.env, variables)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }),
  )
