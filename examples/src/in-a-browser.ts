/**
 * A page with a bearer token: the script that serves it. The deployment in memory lets the page's origin in (`cors`), and
 * the page asks this server, which knows who is signed in, for a token.
 */
import { createServer } from "node:http"
import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Deployment, TestServer } from "@effect-tiledb/testkit"
import { Console, Context, Effect, Layer, Redacted } from "effect"
import { build } from "esbuild"
import { teardown } from "./example.js"

/** The client for browsers, as an application's bundler makes it. */
const bundle = Effect.promise(() =>
  build({
    entryPoints: [new URL("page.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  }),
).pipe(Effect.map(({ outputFiles: [file] }) => file?.text ?? ""))

/** Serves the page until the scope is closed; gives its address. */
export const serve = Effect.gen(function* () {
  const server = yield* HttpServer.HttpServer
  const origin = `http://127.0.0.1:${server.address._tag === "TcpAddress" ? server.address.port : 0}`
  const code = yield* bundle
  // Kept in the scope of the server.
  const context = yield* Layer.build(TestServer.layer({ seed: 1843, cors: [origin] }))
  const { baseUrl } = Context.get(context, TestServer.TestServer)
  const { issueBearer, ownerId } = Context.get(context, Deployment.Deployment)
  const page = `<!doctype html><meta charset="utf-8"><title>Users</title><link rel="icon" href="data:,"><body data-api="${baseUrl}"><script type="module" src="/page.js"></script>`
  yield* HttpRouter.empty.pipe(
    HttpRouter.get("/", HttpServerResponse.text(page, { contentType: "text/html" })),
    HttpRouter.get("/page.js", HttpServerResponse.text(code, { contentType: "text/javascript" })),
    // Here an application looks at its session cookie.
    HttpRouter.get(
      "/token",
      Effect.map(issueBearer(ownerId), (token) =>
        HttpServerResponse.text(Redacted.value(token), { headers: { "cache-control": "no-store" } }),
      ),
    ),
    HttpServer.serveEffect(),
  )
  return `${origin}/`
})

/** A free port of the loopback interface. */
export const loopback = NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })

if (process.argv[1]?.endsWith("in-a-browser.ts")) {
  serve.pipe(
    Effect.flatMap((url) => Console.log(`Open ${url} in a browser; Ctrl-C ends the example.`)),
    Effect.zipRight(Effect.never),
    Effect.scoped,
    Effect.provide(loopback),
    NodeRuntime.runMain({ teardown }),
  )
}
