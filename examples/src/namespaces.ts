/** One server for several suites: each has a deployment of its own below `/ns/<name>/v4`, and a control port of its own. */
import { NodeRuntime } from "@effect/platform-node"
import { TestServer } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import { Console, Effect, Layer, Redacted } from "effect"

const layer = (name: string) => Layer.provideMerge(Control.layer(), TestServer.layerNamespace(name, { seed: name }))

/** The line that a suite reads, as `serve` prints it; its deployment is gone when the scope closes. */
export const open = (name: string) =>
  Effect.gen(function* () {
    const { apiKey, baseUrl, mailboxUrl } = yield* TestServer.TestServer
    const { token, url } = yield* Control.Control
    const secrets = { apiKey: Redacted.value(apiKey), controlToken: Redacted.value(token) }
    return { name, baseUrl, mailboxUrl, controlUrl: url, ...secrets }
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
