import { assert, describe, it } from "@effect/vitest"
import { ErrorResponse } from "@effect-tiledb/schema"
import { Deployment, Faults, Group, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const pings = Group.make({
  operations: {
    ping: {
      ...{ name: "ping", group: "Pings", method: "POST", path: "/pings", pathParameters: {} },
      ...{ success: null, successStatus: 204, notFound: false },
    },
  },
  state: null,
  handlers: {
    ping: () => {
      throw new Error("a handler of the user's")
    },
  },
})

describe("a defect", () => {
  it.live("is a 500 with an Error JSON, and the server lives on", () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ message }) => logged.push(String(message)))
    return Effect.gen(function* () {
      const { apiKey, baseUrl } = yield* TestServer.TestServer
      const headers = { "x-tiledb-rest-api-key": Redacted.value(apiKey) }
      const ask = (path: string, method = "GET") =>
        Effect.promise(async () => {
          const response = await fetch(`${baseUrl}${path}`, { method, headers })
          return { status: response.status, text: await response.text() }
        })
      const faults = [
        Faults.answer({ status: 200, headers: { "a b": "c" } }),
        Faults.answer({ status: 200, headers: { a: "b\r\nc: d" } }),
        Faults.answer({ status: 99 }),
        Faults.answer(() => {
          throw new Error("a fault of the user's")
        }),
      ]
      const answers = [yield* ask("/pings", "POST")]
      for (const fault of faults) answers.push(yield* Faults.withFaults({ fault })(ask("/users/self")))
      for (const { status, text } of answers) {
        assert.strictEqual(status, 500)
        assert.include(text, "has a defect")
        assert.isTrue(Schema.is(ErrorResponse)(JSON.parse(text)))
        assert.notInclude(text, "of the user's")
      }
      assert.lengthOf(logged, answers.length)
      assert.include(logged.join(), "of the user's")
      assert.strictEqual((yield* ask("/users/self")).status, 200)
    }).pipe(
      Effect.provide(
        TestServer.layer({ groups: [pings] }).pipe(Layer.provide(Logger.replace(Logger.defaultLogger, logger))),
      ),
    )
  })
})

describe("the deployment's time", () => {
  it.effect("is not moved to where no call can be answered", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const before = yield* d.now
      const far = [Number.MAX_VALUE, Number.POSITIVE_INFINITY, 8.64e15, "99999999999999 weeks"] as const
      const moves = [...far.map((far) => d.advance(far)), d.setTime("+275760-09-13T00:00:00Z"), d.setTime(-8.64e15)]
      for (const move of moves) {
        const cause = yield* Effect.flip(Effect.sandbox(move))
        assert.include(String(cause), "beyond the year 9999")
      }
      assert.deepStrictEqual(yield* d.now, before)
      const state = yield* d.exportState
      for (const offset of [1e300, -1e300]) {
        assert.include(String(yield* Effect.flip(d.importState({ ...state, offset }))), '["offset"]')
      }
      yield* d.setTime("9999-12-31T23:59:59.999Z")
    }).pipe(Effect.provide(Deployment.layer())),
  )
})
