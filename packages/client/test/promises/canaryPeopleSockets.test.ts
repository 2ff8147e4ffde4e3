// The operations about people over real sockets, on every transport: what their errors say is not what the tests made up.
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { calls, canary, echo, repeated, service } from "../support/canaryPeople.js"
import { behaviours, clients, server } from "../support/canarySockets.js"
import { inFull } from "../support/exhaustive.js"
import { key, workspaceId } from "../support/people.js"

const options = {
  credentials: Credentials.apiKey(Redacted.make(key)),
  retryPolicy: RetryPolicy.make({ attempts: 2, baseDelay: 0, attemptTimeout: "5 seconds" }),
  workspace: workspaceId,
}

const told = behaviours(echo, (request) => `<html><title>502</title>${repeated(request).join("\n")}</html>`)

describe("no address and no secret reaches any sink, over real sockets", () => {
  for (const [number, [name, client]] of Object.entries(clients).entries()) {
    for (const [index, [what, behave]] of Object.entries(told).entries()) {
      // By default each happens over one of the six transports, to a third of the operations.
      if (!inFull(true, index % 6 === number)) continue
      it.scopedLive(`${name}: ${what}`, () =>
        Effect.gen(function* () {
          let seen = 0
          const baseUrl = yield* server((request, response) => {
            seen++
            behave(request, response)
          })
          const services = yield* Effect.provide(service, yield* Layer.build(client({ ...options, baseUrl })))
          for (const [operation, call] of Object.entries(calls).filter((_, at) => inFull(true, at % 3 === index % 3))) {
            const before = seen
            const sighting = yield* Canary.watch(Effect.asVoid(call(services)))
            assert.deepStrictEqual(Canary.leaks(sighting, canary), [], operation)
            assert.isAbove(seen, before, operation)
            if (what !== "success that is not what it should be")
              assert.isTrue(Exit.isFailure(sighting.exit), operation)
          }
        }),
      )
    }
  }
})
