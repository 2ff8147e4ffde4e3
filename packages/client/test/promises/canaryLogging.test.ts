// What users' own logging of requests shows, and what it cannot help showing: SECURITY.md says both.
import * as Util from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { calls, canary, scenarios, schemes, scripted } from "../support/canaryWorld.js"
import { makeUsers } from "../support/users.js"

/** Prints a request in all the ways that a program may. */
const printing = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.zipRight(
    Effect.forEach([request, request.headers, request.body], (part) =>
      Effect.all([
        Effect.logInfo(part),
        Effect.logInfo("request", part),
        Effect.annotateLogs(Effect.logInfo("request"), { part }),
        Effect.withSpan(Effect.void, "request", { attributes: { part } }),
      ]),
    ),
    Effect.sync(() => {
      for (const part of [request, request.headers, request.body]) {
        console.log(part, String(part), JSON.stringify(part), `${part}`)
        console.log(Util.inspect(part, { depth: null, showHidden: true }))
        console.log(Util.inspect(part, { depth: null, customInspect: false }), Util.format("%j %O", part, part))
      }
    }),
  )

const seen = (wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  Effect.gen(function* () {
    const { client, sent } = scripted(scenarios["2xx"]?.answer ?? assert.fail())
    const found: Array<Canary.Leak> = []
    for (const credentials of Object.values(schemes)) {
      const users = yield* Effect.provideService(
        makeUsers({ credentials, retryPolicy: RetryPolicy.none }),
        HttpClient.HttpClient,
        wrap(client),
      )
      for (const { call } of Object.values(calls)) {
        found.push(...Canary.leaks(yield* Canary.watch(call(users)), canary))
      }
    }
    assert.strictEqual(sent.length, 30)
    return found
  })

describe("users' own logging", () => {
  it.scoped("shows no credential and no body of a request as it was given", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* seen(HttpClient.tapRequest(printing)), [])
    }),
  )

  it.scoped("shows what a copy of the headers holds: that is the user's own", () =>
    Effect.gen(function* () {
      const copied = (client: HttpClient.HttpClient) =>
        client.pipe(
          HttpClient.tapRequest((request) => Effect.sync(() => console.log({ ...request.headers }))),
          HttpClient.mapRequest(HttpClientRequest.setHeader("x-request-id", "1")),
        )
      const found = yield* seen(copied)
      assert.deepStrictEqual([...new Set(found.map(({ sink }) => sink))], ["console"])
      assert.includeMembers(
        found.map(({ secret }) => secret),
        ["apiKey", "basicPassword", "bearer", "scopedToken"],
      )
    }),
  )
})
