// A sample of the matrix over real sockets, on every transport: what their errors say is not what the tests made up.
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, Users } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { behaviours, type Client, clients, server } from "../support/canarySockets.js"
import { calls, canary, echo, echoHtml, schemes } from "../support/canaryWorld.js"
import { inFull } from "../support/exhaustive.js"

const usersOver = (client: Client, options: TileDBClient.Options) =>
  Effect.map(Layer.build(Layer.provide(Users.layer, client(options))), (context) => Context.get(context, Users.Users))

const retryPolicy = RetryPolicy.make({ attempts: 2, baseDelay: 0, attemptTimeout: "5 seconds" })

describe("no secret reaches any sink, over real sockets", () => {
  for (const [number, [name, client]] of Object.entries(clients).entries()) {
    for (const [index, [what, behave]] of Object.entries(behaviours(echo, echoHtml)).entries()) {
      // By default each happens over two of the six transports.
      if (!inFull(true, (index + number) % 3 === 0)) continue
      it.scopedLive(`${name}: ${what}`, () =>
        Effect.gen(function* () {
          const baseUrl = yield* server(behave)
          for (const credentials of [schemes["API key"], schemes.Basic]) {
            const users = yield* usersOver(client, { baseUrl, credentials, retryPolicy })
            for (const { call } of [calls.changePassword, calls.getSelfUser, calls.resetPassword]) {
              const exit = yield* Canary.assertNoLeak(call(users), canary)
              if (what !== "success that is not what it should be") assert.isTrue(Exit.isFailure(exit))
            }
          }
        }),
      )
    }

    it.scopedLive(`${name}: nobody listens`, () =>
      Effect.gen(function* () {
        const baseUrl = yield* Effect.scoped(server(() => {}))
        const users = yield* usersOver(client, { baseUrl, credentials: schemes.Basic, retryPolicy })
        for (const { call } of Object.values(calls)) {
          assert.isTrue(Exit.isFailure(yield* Canary.assertNoLeak(call(users), canary)))
        }
      }),
    )
  }
})
