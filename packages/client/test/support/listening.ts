// A server over a real socket that answers as it is told, and stops with the scope.
import * as Http from "node:http"
import * as Effect from "effect/Effect"
import * as TlsWorld from "./tlsWorld.js"

export type Listener = (request: Http.IncomingMessage, response: Http.ServerResponse, body: string) => void

/** Listens on 127.0.0.1 and gives the base URL; the listener is called once the request has arrived whole. */
export const listening = (listener: Listener) =>
  Effect.suspend(() => {
    const server = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => listener(request, response, Buffer.concat(chunks).toString()))
    })
    return Effect.map(TlsWorld.listening(server), () => `http://127.0.0.1:${TlsWorld.portOf(server)}/v4`)
  })
