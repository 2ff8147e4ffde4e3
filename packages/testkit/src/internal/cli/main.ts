#!/usr/bin/env node
// The deployment as a program: prints one line of JSON with its addresses, then serves until it is stopped.
import { readFileSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Control from "../../Control.js"
import * as Deployment from "../../Deployment.js"
import * as Faults from "../../Faults.js"
import * as TestServer from "../../TestServer.js"
import { toRule } from "../control/json.js"
import { readCommand, type Serve, UsageError, usage } from "./options.js"
import { exportTo, importFrom } from "./stateFile.js"

const stopped = (untilStdinCloses: boolean) =>
  Effect.async<void>((resume) => {
    const stop = () => resume(Effect.void)
    process.once("SIGTERM", stop)
    process.once("SIGINT", stop)
    if (!untilStdinCloses) return
    for (const event of ["end", "close", "error"]) process.stdin.once(event, stop)
    process.stdin.resume()
  })

const servers = ({ config, exportTo, importFrom: from }: Serve) => {
  const { controlPort, cors, faults = [], hosts, latency, now, port, seed = "0", ...rest } = config
  const slow = latency === undefined ? [] : [{ fault: Faults.delay(latency), optional: true }]
  const deployment = Deployment.layer({
    ...rest,
    seed,
    faults: [...slow, ...faults.map(toRule)],
    ...(now === undefined ? {} : { now: DateTime.toEpochMillis(now) }),
  })
  const listen = { ...(cors === undefined ? {} : { cors }), ...(hosts === undefined ? {} : { hosts }) }
  const imported = from === undefined ? Layer.empty : Layer.effectDiscard(importFrom(from, exportTo))
  return Layer.mergeAll(
    TestServer.layerDeployment({ ...listen, ...(port === undefined ? {} : { port }) }),
    Control.layer(controlPort === undefined ? {} : { port: controlPort }),
  ).pipe(Layer.provide(imported), Layer.provideMerge(deployment))
}

const serve = (command: Serve) =>
  Effect.gen(function* () {
    const { apiKey, baseUrl, mailboxUrl, openApiUrl, userId } = yield* TestServer.TestServer
    const { bearer } = yield* Deployment.Deployment
    const { token, url } = yield* Control.Control
    const line = {
      baseUrl,
      apiKey: Redacted.value(apiKey),
      mailboxUrl,
      userId,
      bearer: Redacted.value(bearer),
      openApiUrl,
      controlUrl: url,
      controlToken: Redacted.value(token),
    }
    // The parent process may have ended already.
    process.stdout.on("error", () => {})
    process.stdout.write(`${JSON.stringify(line)}\n`)
    yield* stopped(command.untilStdinCloses)
    if (command.exportTo !== undefined) yield* exportTo(command.exportTo)
  }).pipe(Effect.provide(servers(command)), Effect.sandbox, Effect.mapError(reason))

/** The error for a person to read: the message, without the stack. */
const reason = (cause: Cause.Cause<unknown>): Error => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error : new Error(String(error))
}

const version = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))
  return String(version)
}

const main = Effect.flatMap(readCommand(process.argv.slice(2)), (command) => {
  switch (command._tag) {
    case "Help":
      return Effect.sync(() => process.stdout.write(usage))
    case "Version":
      return Effect.sync(() => process.stdout.write(`${version()}\n`))
    case "Serve":
      return serve(command)
  }
})

Effect.runPromise(
  Effect.match(main, {
    onFailure: (error) => {
      process.stderr.write(`${error.message}\n${error instanceof UsageError ? usage : ""}`)
      return 1
    },
    onSuccess: () => 0,
  }),
).then((code) => process.exit(code))
