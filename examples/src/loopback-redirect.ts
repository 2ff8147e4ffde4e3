/** Where a browser comes back to after a sign-in: a server on a free port of the loopback interface. */
import { once } from "node:events"
import { createServer } from "node:http"
import { Deferred, Effect, Redacted } from "effect"

/** Listens until the scope closes. `parameters` waits for the first request for `redirectUri`. */
export const loopbackRedirect = Effect.gen(function* () {
  const parameters = yield* Deferred.make<Redacted.Redacted<URLSearchParams>>()
  // Not Effect's server: its spans would have the URL, and the code with it.
  const server = createServer((request, response) => {
    const [path, query] = (request.url ?? "").split("?")
    if (path !== "/callback") return response.writeHead(404).end()
    // The browser has its page before the scope may close.
    const told = Redacted.make(new URLSearchParams(query))
    response.once("close", () => Deferred.unsafeDone(parameters, Effect.succeed(told)))
    return response.writeHead(200, { "content-type": "text/plain" }).end("Go on in the terminal.")
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
    () => Effect.sync(() => server.close().closeAllConnections()),
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { parameters: Deferred.await(parameters), redirectUri: `http://127.0.0.1:${port}/callback` }
})
