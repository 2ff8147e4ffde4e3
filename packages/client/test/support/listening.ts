// A server over a real socket that answers as it is told, and stops with the scope.
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

export type Listener = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/** Listens on 127.0.0.1 and gives the base URL; the listener is called once the request has arrived whole. */
export const listening = (listener: Listener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer((request, response) => {
          request.resume().on("end", () => listener(request, response))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        }),
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`,
  )
