/** One server for several suites: each has its own deployment below `/ns/<name>/v4`, and its own control port. */
import { NodeRuntime } from "@effect/platform-node"
import { Deployment, TestServer } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import { Console, Effect, Layer, Record, Redacted } from "effect"

const layer = (name: string) => Layer.provideMerge(Control.layer(), TestServer.layerNamespace(name, { seed: name }))

/** The fields that `serve` prints, and the name; the deployment is gone when the scope closes. */
export const open = (name: string) =>
  Effect.gen(function* () {
    const { apiKey, baseUrl, mailboxUrl, openApiUrl, userId } = yield* TestServer.TestServer
    const { bearer } = yield* Deployment.Deployment
    const { token, url: controlUrl } = yield* Control.Control
    const secrets = Record.map({ apiKey, bearer, controlToken: token }, Redacted.value)
    return { name, baseUrl, mailboxUrl, userId, openApiUrl, controlUrl, ...secrets }
  }).pipe((line) => Effect.flatMap(Layer.build(layer(name)), (context) => Effect.provide(line, context)))

if (process.argv[1]?.endsWith("namespaces.ts")) {
  const print = (name: string) => Effect.flatMap(open(name), (line) => Console.log(JSON.stringify(line)))
  Effect.forEach(process.argv.slice(2), print).pipe(
    Effect.zipRight(Effect.never),
    Effect.scoped,
    Effect.provide(TestServer.layer()),
    NodeRuntime.runMain,
  )
}
