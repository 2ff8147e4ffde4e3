// The deployment as a process: one line of JSON that says where it is, then it serves until its stdin closes or SIGTERM.
import { parseArgs } from "node:util"
import { TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const usage = "Usage: testkit:serve [--port <0-65535>] [--seed <text>]"

const readOptions = (): { readonly port: number; readonly seed: string } => {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, seed: { type: "string", default: "0" } },
  })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error(`--port ${values.port} is not a port`)
  return { port, seed: values.seed }
}

const stopped = Effect.async<void>((resume) => {
  const stop = () => resume(Effect.void)
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
  process.stdin.once("end", stop)
  process.stdin.once("close", stop)
  process.stdin.once("error", stop)
  process.stdin.resume()
})

const serve = (options: { readonly port: number; readonly seed: string }) =>
  Effect.gen(function* () {
    const { apiKey, ...server } = yield* TestServer.TestServer
    const { baseUrl, mailboxUrl, userId } = server
    process.stdout.write(`${JSON.stringify({ baseUrl, apiKey: Redacted.value(apiKey), mailboxUrl, userId })}\n`)
    yield* stopped
  }).pipe(Effect.provide(TestServer.layer(options)))

const main = Effect.try(readOptions).pipe(
  Effect.mapError((unknown) => `${unknown.error instanceof Error ? unknown.error.message : unknown}\n${usage}`),
  Effect.flatMap((options) => Effect.mapError(serve(options), ({ message }) => message)),
)

Effect.runPromise(
  Effect.match(main, {
    onFailure: (message) => {
      process.stderr.write(`${message}\n`)
      return 1
    },
    onSuccess: () => 0,
  }),
).then((code) => process.exit(code))
