/** The server mode with as many members in a workspace as its argument says, in a process of its own. */
import { Fixtures, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const users = Fixtures.users(Number(process.argv[2]))

const program = Effect.gen(function* () {
  const { apiKey, baseUrl } = yield* TestServer.TestServer
  process.send?.({ baseUrl, apiKey: Redacted.value(apiKey) })
  yield* Effect.never
})

process.on("disconnect", () => process.exit(0))
await Effect.runPromise(Effect.provide(program, TestServer.layer({ users, journalSize: 0 })))
