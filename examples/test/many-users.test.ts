import { FileSystem } from "@effect/platform"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Faults, Fixtures, Journal, TestUsers } from "@effect-tiledb/testkit"
import { Effect, Fiber, Layer } from "effect"
import { createAll } from "../src/many-users.js"

const names = ["ada", "bob", "cleo", "dora"]
const rows = names.map((name) => ({ username: name, email: `${name}@example.com`, password: "correct horse" }))

const files = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* fs.writeFileString(`${folder}/users.ndjson`, rows.map((row) => JSON.stringify(row)).join("\n"))
  return [`${folder}/users.ndjson`, `${folder}/journal.ndjson`] as const
})
const layer = Layer.merge(TestUsers.layer(), NodeFileSystem.layer)

describe("many users from a file", () => {
  it.scopedLive("a second run finishes the first, and creates nobody twice", () =>
    Effect.gen(function* () {
      const { size } = yield* Deployment.Deployment
      const paths = yield* files
      yield* Faults.inject({ operation: "createUser", nth: 3, fault: Faults.silence("after") })
      const first = yield* Effect.fork(createAll(...paths))
      // All four accounts exist, and the response about one of them never comes.
      yield* Effect.repeat(Effect.zipRight(Effect.sleep("5 millis"), size), { until: (users) => users === 5 })
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(yield* createAll(...paths), { sent: 0, created: 4, refused: 0, check: 0 })
      assert.deepStrictEqual(yield* createAll(...paths), { sent: 0, created: 4, refused: 0, check: 0 })
      assert.strictEqual(yield* size, 5)
      const sent = (yield* Journal.entries()).filter(({ operation }) => operation === "createUser")
      assert.lengthOf(sent, 4)
    }).pipe(Effect.provide(layer)),
  )

  it.scopedLive("a lost response is resolved, and a taken name is refused", () =>
    Effect.gen(function* () {
      const paths = yield* files
      yield* Faults.inject({ operation: "createUser", nth: 2, fault: Faults.reset("after") })
      const { check, created, refused, sent } = yield* createAll(...paths)
      // The rows are sent at once: if the lost response is that of the taken name, a person has to look at it.
      assert.deepStrictEqual({ created, taken: refused + check, sent }, { created: 3, taken: 1, sent: 0 })
      const journal = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(paths[1]))
      assert.notInclude(journal, "correct horse")
    }).pipe(Effect.provide(Layer.merge(TestUsers.layer({ users: [Fixtures.user("ada")] }), NodeFileSystem.layer))),
  )

  it.scopedLive("a line that is no user is named by its number, without its content", () =>
    Effect.gen(function* () {
      const paths = yield* files
      yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
        fs.writeFileString(paths[0], '{"username": "ada", "password": "correct horse"}'),
      )
      const error = yield* Effect.flip(createAll(...paths))
      assert.strictEqual(JSON.stringify(error), '{"line":1,"_tag":"InvalidLine"}')
    }).pipe(Effect.provide(layer)),
  )

  it.scopedLive("a service that is away ends the run", () =>
    Effect.gen(function* () {
      const paths = yield* files
      const fault = { operation: "createUser", fault: Faults.refuse } as const
      const error = yield* Effect.flip(Faults.withFaults(createAll(...paths), fault))
      assert.strictEqual(error._tag, "TransportError")
      assert.strictEqual((yield* createAll(...paths)).created, 4)
    }).pipe(Effect.provide(layer)),
  )
})
