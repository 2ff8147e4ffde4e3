// The same over the wire in memory: what the runs over sockets are compared with.

import * as HttpClient from "@effect/platform/HttpClient"
import { Deployment, TestHttpClient } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { run } from "./contract.js"
import { controlOver } from "./control.js"

const program = Effect.gen(function* () {
  const { apiKey, bearer } = yield* Deployment.Deployment
  const { token, url } = yield* Control.Control
  const client = yield* HttpClient.HttpClient
  const server = {
    baseUrl: "https://api.tiledb.com/v4",
    apiKey: Redacted.value(apiKey),
    bearer: Redacted.value(bearer),
  }
  const control = controlOver(url, Redacted.value(token))
  return yield* Effect.promise(() => run(server, control, Layer.succeed(HttpClient.HttpClient, client)))
})
const layers = Layer.merge(TestHttpClient.layerDeployment(), Control.layer()).pipe(
  Layer.provideMerge(Deployment.layer({ seed: "1" })),
)
console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, layers))))
process.exit(0)
