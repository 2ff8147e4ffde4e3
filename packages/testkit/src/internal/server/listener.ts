import * as Http from "node:http"
import type { Duplex } from "node:stream"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Failure, type FailureKind } from "../api/failure.js"
import type { Reply } from "../wire/exchange.js"
import { bodyLimit, bytes, failureResponse, type WireResponse } from "../wire/format.js"

/** The response to a request that reaches no deployment, and so draws no request id from one. */
export const refusal = (kind: FailureKind) => failureResponse(new Failure(kind, `req_${"0".repeat(20)}`))

/** The body of a request, or "TooLarge" if it exceeds the limit. */
export const readBody = (incoming: Http.IncomingMessage): Effect.Effect<Uint8Array | "TooLarge"> =>
  Effect.async((resume) => {
    let chunks: Array<Uint8Array> = []
    let size = 0
    incoming.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= bodyLimit) {
        chunks.push(chunk)
        return
      }
      chunks = []
      resume(Effect.succeed("TooLarge"))
      // The rest of the body is drained so that the client reads the response, up to a limit.
      if (size > bodyLimit * 32) incoming.destroy()
    })
    incoming.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    // If the request breaks off there is no client to respond to: its fiber is interrupted with the connection.
  })

/** Writes the headers now; the body is left to the caller. */
const begin = (outgoing: Http.ServerResponse, { body, headers, status }: WireResponse): Uint8Array => {
  const encoded = bytes(body)
  const length = status === 204 || status === 304 ? {} : { "content-length": String(encoded.length) }
  outgoing.writeHead(status, { ...length, ...headers })
  return encoded
}

/** Writes a reply, or the part of it that a fault leaves, to the socket. */
export const deliver = (outgoing: Http.ServerResponse, reply: Reply): Effect.Effect<void> => {
  const { socket } = outgoing
  const leave = (write: () => unknown) => Effect.zipRight(Effect.sync(write), Effect.never)
  switch (reply._tag) {
    case "Response": {
      const { bodyAfter, response } = reply
      const late = (after: Duration.Duration) =>
        Effect.zipRight(
          Effect.sync(() => outgoing.flushHeaders()),
          Effect.sleep(after),
        )
      const wait = bodyAfter === undefined || response.body === "" ? Effect.void : late(bodyAfter)
      const head = Effect.sync(() => begin(outgoing, response))
      return Effect.map(Effect.zipLeft(head, wait), (body) => outgoing.end(body))
    }
    case "CutBody":
      return leave(() => {
        const body = begin(outgoing, reply.response)
        outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => {
          if (reply.end === "reset") socket?.destroy()
        })
      })
    case "CutHead":
      // Within the status: some clients take a complete one for a response without headers.
      return leave(() => socket?.write(`HTTP/1.1 ${String(reply.response.status).slice(0, 2)}`, () => socket.destroy()))
    case "Refuse":
    case "Reset":
      return leave(() => socket?.resetAndDestroy())
    case "Silence":
      return Effect.never
  }
}

/** Responds on a socket without a request that Node could parse. */
const answerRaw = (socket: Duplex, response: WireResponse): void => {
  const body = String(response.body)
  const headers = { ...response.headers, "content-length": String(Buffer.byteLength(body)), connection: "close" }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${response.status} ${Http.STATUS_CODES[response.status]}\r\n${lines.join("")}\r\n${body}`)
  // Closing a socket with unread data sends a reset, which discards the response: the client may close first.
  socket.resume()
  setTimeout(() => socket.destroy(), 1000).unref()
}

const kinds: Readonly<Record<string, FailureKind>> = {
  HPE_HEADER_OVERFLOW: "headersTooLarge",
  ERR_HTTP_REQUEST_TIMEOUT: "timeout",
}

/** Responds with an Error JSON to requests that Node would respond to by itself, or not at all. */
export const handleOddities = (server: Http.Server): void => {
  const answered = new WeakSet<Duplex>()
  const newest = new WeakMap<Duplex, Http.ServerResponse>()
  server.on("request", (incoming, outgoing) => newest.set(incoming.socket, outgoing))
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket)) return
    answered.add(socket)
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy()
      return
    }
    const answer = () => answerRaw(socket, refusal(kinds[error.code ?? ""] ?? "malformedHttp"))
    const before = newest.get(socket)
    // Complete requests on the same socket get their responses first; the malformed one gets this one.
    if (before?.req.complete === true && !before.writableFinished) before.once("finish", answer)
    else answer()
  })
  server.on("connect", (_request, socket) => answerRaw(socket, refusal("methodNotAllowed")))
  server.on("checkExpectation", (request: Http.IncomingMessage, outgoing: Http.ServerResponse) => {
    request.resume()
    outgoing.sendDate = false
    outgoing.shouldKeepAlive = false
    outgoing.end(begin(outgoing, refusal("expectation")))
  })
}

/** Stops listening and drains the calls in flight. Connections that are still open after 500 ms are closed. */
export const stop = (server: Http.Server): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const patience = setTimeout(() => server.closeAllConnections(), 500)
    server.close(() => {
      clearTimeout(patience)
      resume(Effect.void)
    })
    server.closeIdleConnections()
  })
