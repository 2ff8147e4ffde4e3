import { createServer } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as RetryPolicy from "../../src/RetryPolicy.js"
import * as Users from "../../src/Users.js"
import * as Script from "../support/retryScript.js"
import { listening, portOf } from "../support/tlsWorld.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const body = JSON.stringify({ data: Script.user })

/** How much of the first response is here when the server stops writing it. */
const parts = { "before its head": undefined, "in its body": 20 }

/** A service that ends its first response when it is told to; all others are answered at once. */
const holdingTheFirst = (part: number | undefined) =>
  Effect.gen(function* () {
    const held = yield* Deferred.make<() => void>()
    const seen = { requests: 0 }
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json")
      if (seen.requests++ > 0) {
        response.end(body)
        return
      }
      if (part !== undefined) response.write(body.slice(0, part))
      const release = () => void response.end(body.slice(part ?? 0))
      Deferred.unsafeDone(held, Exit.succeed(release))
    })
    const port = portOf(yield* listening(server))
    return { baseUrl: `http://127.0.0.1:${port}/v4`, held: Deferred.await(held), seen }
  })

describe.each(Object.entries(transports))("one slow call never holds up others, over %s", (_, transport) => {
  for (const [where, part] of Object.entries(parts)) {
    it.scopedLive(`a response that stops ${where}: 200 more calls succeed meanwhile, and then the slow one`, () =>
      Effect.gen(function* () {
        const { baseUrl, held, seen } = yield* holdingTheFirst(part)
        const layer = usersLayer({ baseUrl, retryPolicy: RetryPolicy.none })
        const users = Context.get(yield* Layer.build(Layer.provide(layer, transport)), Users.Users)
        const getUser = users.getUser(Script.userId)

        const slow = yield* Effect.fork(getUser)
        const release = yield* held
        const others = yield* Effect.all(
          Array.from({ length: 200 }, () => getUser),
          { concurrency: "unbounded" },
        )
        assert.deepStrictEqual([...new Set(others.map(({ id }) => id))], [Script.userId])
        assert.deepStrictEqual(seen, { requests: 201 })
        assert.isNull(slow.unsafePoll())

        release()
        assert.strictEqual((yield* Fiber.join(slow)).id, Script.userId)
        assert.deepStrictEqual(seen, { requests: 201 })
      }),
    )
  }
})
