/** A server on a bare socket, for the faults that no HTTP server will produce. */
import * as Net from "node:net"
import * as Effect from "effect/Effect"

/** What becomes of one request: it has been read to its end, the rest is up to the script. */
export type Behaviour = (socket: Net.Socket) => void

const text = (body: string, status = "200 OK") =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Writes, and lets it get there before whatever comes next. */
const write = (bytes: string, then: Behaviour): Behaviour => {
  return (socket) => socket.write(bytes, () => setTimeout(() => then(socket), 10))
}

const reset: Behaviour = (socket) => socket.resetAndDestroy()
const halfClose: Behaviour = (socket) => socket.end()
const wait: Behaviour = () => {}

const halfHead = "HTTP/1.1 200 OK\r\ncontent-type: applica"
const headAndSome = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"data":{"id":`
const headAndChunk = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\ne\r\n{"data":{"id":\r\n`

export const behaviours = {
  "reset before the head": reset,
  "reset in the head": write(halfHead, reset),
  "reset after the head": write(headAndSome, reset),
  "reset after the head, chunked": write(headAndChunk, reset),
  "half-close before the head": halfClose,
  "half-close in the head": write(halfHead, halfClose),
  "half-close in the body": write(headAndSome, halfClose),
  "half-close in the body, chunked": write(headAndChunk, halfClose),
  "no HTTP": write("220 smtp.example.com ESMTP\r\n\r\n", wait),
  "stall before the head": wait,
  "stall in the head": write(halfHead, wait),
  "stall in the body": write(headAndSome, wait),
  "stall in the body, chunked": write(headAndChunk, wait),
} satisfies Record<string, Behaviour>

export const answer = (body: string, status?: string): Behaviour => write(text(body, status), wait)

/** Whether the bytes of a connection hold a whole request. */
const isWhole = (request: string): boolean => {
  const end = request.indexOf("\r\n\r\n")
  const length = /^content-length: *(\d+)/im.exec(request)
  return end !== -1 && request.length >= end + 4 + Number(length?.[1] ?? 0)
}

/**
 * Starts the server: request after request is met by the next behaviour, the last one stands. `requests` holds their
 * first lines, and `open` the connections that have carried one and that nobody has closed. (undici may open one more,
 * to have it at hand, and closes it four seconds later.)
 */
export const start = (...script: ReadonlyArray<Behaviour>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{
        readonly server: Net.Server
        readonly requests: Array<string>
        readonly open: Set<Net.Socket>
        readonly all: Set<Net.Socket>
      }>((resume) => {
        const requests: Array<string> = []
        const open = new Set<Net.Socket>()
        const all = new Set<Net.Socket>()
        const server = Net.createServer({ allowHalfOpen: true }, (socket) => {
          let received = ""
          all.add(socket)
          socket.on("close", () => {
            all.delete(socket)
            open.delete(socket)
          })
          // The client's end is the end: what has not been written by then is not wanted.
          socket.on("end", () => socket.destroy())
          socket.on("error", () => {})
          socket.on("data", (bytes) => {
            received += bytes.toString("latin1")
            if (!isWhole(received)) return
            const behave = script[Math.min(requests.length, script.length - 1)] ?? wait
            requests.push(received.slice(0, received.indexOf("\r\n")))
            received = ""
            open.add(socket)
            behave(socket)
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, requests, open, all })))
      }),
      ({ all, server }) =>
        Effect.async<void>((resume) => {
          for (const socket of all) socket.destroy()
          server.close(() => resume(Effect.void))
        }),
    ),
    ({ open, requests, server }) => ({ open, requests, baseUrl: `${urlOf(server)}/v4` }),
  )

const urlOf = (server: Net.Server): string => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return `http://127.0.0.1:${address.port}`
}

/** An address where nobody listens. */
export const nobody = Effect.scoped(Effect.map(start(), ({ baseUrl }) => baseUrl))
