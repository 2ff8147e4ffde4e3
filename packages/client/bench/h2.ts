/**
 * What HTTP/2 costs: `getUser` over `NodeTransport` and TLS on loopback, with undici's `Agent` as it is, with one that may
 * speak HTTP/2, and with one that has all its calls on one connection. The service is in a process of its own and says what
 * arrived. CPU of the client's process; medians of rounds in turn; about 20 seconds.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createSecureServer } from "node:http2"
import { fileURLToPath } from "node:url"
import * as HttpClient from "@effect/platform/HttpClient"
import { Agent } from "@effect/platform-node/Undici"
import { UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as NodeTransport from "../src/NodeTransport.js"
import { certificates, portOf } from "../test/support/tlsWorld.js"
import { makeUsers } from "../test/support/users.js"
import { median } from "./median.js"
import { user } from "./user.js"

const ids = Array.from({ length: 2000 }, () => UserId.make(user.id))
const inFlight = 32
const rounds = 11

/** Answers a request with one user, and a message with the versions and the number of connections that were in use since the last. */
const serve = (cert: string, key: string) => {
  const answer = Buffer.from(JSON.stringify({ data: user }))
  const versions = new Set<string>()
  const connections = new Set<unknown>()
  const files = { cert: readFileSync(cert), key: readFileSync(key) }
  const server = createSecureServer({ ...files, allowHTTP1: true }, (request, response) => {
    versions.add(request.httpVersion)
    connections.add(request.httpVersion === "2.0" ? request.stream.session : request.socket)
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.byteLength })
    response.end(answer)
  })
  server.listen(0, "127.0.0.1", () => process.send?.(portOf(server)))
  process.on("message", () => {
    process.send?.({ version: [...versions].join(), connections: connections.size })
    versions.clear()
    connections.clear()
  })
  process.on("disconnect", () => process.exit(0))
}

const agents = [
  { name: "HTTP/1.1", version: "1.1", options: {} },
  { name: "HTTP/2, allowH2 alone", version: "2.0", options: { allowH2: true } },
  { name: "HTTP/2, one connection", version: "2.0", options: { allowH2: true, connections: 1, pipelining: 100 } },
]

const measure = Effect.gen(function* () {
  const { at } = yield* certificates
  const service = fork(fileURLToPath(import.meta.url), [at("server.pem"), at("server.key")])
  const told = Effect.promise(async () => (await once(service, "message"))[0])
  const baseUrl = `https://localhost:${yield* told}/v4`
  const players = yield* Effect.forEach(agents, ({ name, options, version }) => {
    const client = NodeTransport.make(new Agent({ connect: { ca: readFileSync(at("ca.pem")) }, ...options }))
    const users = Effect.provideService(makeUsers({ baseUrl }), HttpClient.HttpClient, client)
    const figures = { cpu: [0], rate: [0], connections: 0 }
    return Effect.map(users, ({ getUser }) => ({ name, version, getUser, ...figures }))
  })
  // The rounds below zero warm up.
  for (let round = -4; round < rounds; round++) {
    for (const player of players) {
      const before = process.cpuUsage()
      const from = performance.now()
      yield* Effect.forEach(ids, player.getUser, { concurrency: inFlight, discard: true })
      const cpu = process.cpuUsage(before)
      player.rate[Math.max(round, 0)] = (ids.length * 1000) / (performance.now() - from)
      player.cpu[Math.max(round, 0)] = (cpu.system + cpu.user) / ids.length
      service.send("what arrived?")
      const { connections, version } = yield* told
      if (version !== player.version) throw new Error(`${player.name} was HTTP/${version}`)
      player.connections = connections
    }
  }
  console.log(`getUser over TLS, ${inFlight} at once, medians of ${rounds} rounds (Node ${process.version})`)
  for (const { connections, cpu, name, rate } of players) {
    console.log(
      name.padEnd(24),
      `${median(cpu).toFixed(0)} µs, ${median(rate).toFixed(0)}/s, connections: ${connections}`,
    )
  }
  service.disconnect()
})

const [cert, key] = process.argv.slice(2)
if (cert !== undefined && key !== undefined) serve(cert, key)
else await Effect.runPromise(Effect.scoped(measure)).then(() => process.exit(0))
