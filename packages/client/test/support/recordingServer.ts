import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A server on loopback that answers as told and remembers what arrived; it stops with the scope. */
export const recordingServer = (
  answer: (request: Recorded) => Answer,
): Effect.Effect<{ readonly origin: string; readonly requests: Array<Recorded> }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ server: Http.Server; requests: Array<Recorded> }>((resume) => {
        const requests: Array<Recorded> = []
        const server = Http.createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const recorded = {
              method: request.method ?? "",
              path: request.url ?? "",
              headers: Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)])),
              body: Buffer.concat(chunks).toString("utf8"),
            }
            requests.push(recorded)
            const { body, headers, status } = answer(recorded)
            response.writeHead(status, headers).end(body)
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, requests })))
      }),
      ({ server }) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        }),
    ),
    ({ requests, server }) => ({
      requests,
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    }),
  )
