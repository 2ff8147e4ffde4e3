import * as Http from "node:http"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { authoritiesOf, isKnownHost } from "../wire/guard.js"
import { stop } from "../wire/listener.js"
import type { Provider } from "./provider.js"

const bodyOf = async (request: Http.IncomingMessage): Promise<URLSearchParams> => {
  let text = ""
  for await (const chunk of request) {
    text += chunk
    if (text.length > 64 * 1024) break
  }
  return new URLSearchParams(text)
}

const basicOf = (authorization: string | undefined): readonly [string, string] | undefined => {
  const [, encoded] = /^Basic ([\w+/=]+)$/i.exec(authorization ?? "") ?? []
  if (encoded === undefined) return undefined
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString().split(":").map(decode)
  return [id, secret]
}

/** Form encoding, which RFC 6749 requires inside of Basic. */
const decode = (text: string): string => new URLSearchParams(`x=${text}`).get("x") ?? ""

const answer = async (provider: Provider, request: Http.IncomingMessage, response: Http.ServerResponse) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1")
  response.sendDate = false
  if (!authoritiesOf(request).every((authority) => isKnownHost(authority, []))) return response.writeHead(421).end()
  if (request.method === "GET" && pathname === "/oauth2/authorize") {
    const location = provider.authorize(searchParams)
    // An unregistered address gets no redirect.
    return location === undefined
      ? response.writeHead(400, { "content-type": "text/plain" }).end("client_id or redirect_uri is not registered")
      : response.writeHead(302, { location }).end()
  }
  if (request.method === "POST" && pathname === "/oauth2/token") {
    const { body, status } = provider.token(await bodyOf(request), basicOf(request.headers.authorization))
    return response
      .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
      .end(JSON.stringify(body))
  }
  return response.writeHead(404).end()
}

/** Serves the provider on 127.0.0.1 until the scope closes, and succeeds with its origin. */
export const listen = (provider: Provider): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer((request, response) => {
          answer(provider, request, response).catch(() => response.destroy())
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      stop,
    ),
    (server) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    },
  )
