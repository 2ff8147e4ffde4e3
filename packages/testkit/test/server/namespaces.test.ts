import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Journal, Mailbox, TestServer } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { usersLayer } from "../../../client/test/support/users.js"

const suite = <A, E>(
  name: string,
  run: Effect.Effect<
    A,
    E,
    Users.Users | TestServer.TestServer | Deployment.Deployment | Faults.Faults | Journal.Journal | Mailbox.Mailbox
  >,
) => {
  const users = Layer.unwrapEffect(
    Effect.map(TestServer.TestServer, ({ apiKey, baseUrl }) =>
      usersLayer({ baseUrl, credentials: Credentials.apiKey(apiKey), retryPolicy: RetryPolicy.none }),
    ),
  ).pipe(Layer.provide(FetchHttpClient.layer))
  const options = { seed: name, users: [Fixtures.user(name)] }
  return Effect.provide(run, users.pipe(Layer.provideMerge(TestServer.layerNamespace(name, options))))
}

describe("namespaces of one server", () => {
  it.live("fifty suites at once see only their own users, mail, faults and journal", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 50 }, (_, index) => `suite${index}`)
      yield* Effect.forEach(
        names,
        (name, index) =>
          suite(
            name,
            Effect.gen(function* () {
              const users = yield* Users.Users
              const deployment = yield* Deployment.Deployment
              // Everybody registers the same name, and every other one under a fault.
              const request = { username: "ada", email: "ada@example.com", password: Redacted.make("secret") }
              const create = users.createUser(request)
              if (index % 2 === 1) {
                const error = yield* Effect.flip(Faults.withFaults(create, { fault: Faults.status(503), nth: 1 }))
                assert.strictEqual("status" in error && error.status, 503)
              }
              const { id } = yield* create
              const { mailboxUrl } = yield* TestServer.TestServer
              const token = yield* Effect.promise(async () => (await fetch(`${mailboxUrl}?to=ada`)).text())
              yield* users.confirmEmail(Redacted.make(token))
              assert.isTrue((yield* users.getUser(id)).is_valid_email)
              const { to } = yield* Mailbox.take({ to: "ada" })
              assert.strictEqual(to.username, "ada")
              assert.deepStrictEqual(
                (yield* deployment.users).map(({ username }) => username),
                ["owner", name, "ada"],
              )
              assert.deepStrictEqual(
                (yield* Journal.entries()).map(({ operation }) => operation),
                [...(index % 2 === 1 ? ["createUser"] : []), "createUser", "confirmEmail", "getUser"],
              )
            }),
          ),
        { concurrency: "unbounded" },
      )
      const root = yield* Deployment.Deployment
      assert.strictEqual(yield* root.size, 1)
      assert.strictEqual((yield* Journal.entries()).length, 0)
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("are gone with their scope, and their keys open no other", () =>
    Effect.gen(function* () {
      const left = yield* suite("one", TestServer.TestServer)
      const ask = (baseUrl: string, apiKey = left.apiKey) =>
        Effect.promise(async () => {
          const response = await fetch(`${baseUrl}/users/self`, {
            headers: { "x-tiledb-rest-api-key": Redacted.value(apiKey) },
          })
          return [response.status, Object(await response.json()).message]
        })
      assert.deepStrictEqual(yield* ask(left.baseUrl), [404, "There is no such namespace on this server"])
      const root = yield* TestServer.TestServer
      assert.strictEqual((yield* ask(root.baseUrl))[0], 401)
      assert.strictEqual((yield* ask(root.baseUrl, root.apiKey))[0], 200)
      yield* suite(
        "two",
        Effect.flatMap(TestServer.TestServer, ({ baseUrl }) =>
          Effect.map(ask(baseUrl, root.apiKey), ([status]) => assert.strictEqual(status, 401)),
        ),
      )
    }).pipe(Effect.provide(TestServer.layer())),
  )

  it.live("have names of their own that fit into a path", () =>
    Effect.gen(function* () {
      const messageOf = (name: string) =>
        Effect.map(Effect.flip(Layer.build(TestServer.layerNamespace(name))), ({ message }) => message)
      yield* Layer.build(TestServer.layerNamespace("one"))
      assert.strictEqual(yield* messageOf("one"), "The namespace one is in use on this server; write another name")
      for (const name of ["", "..", "a/b", "a?b", "ä", "x".repeat(65)]) {
        assert.include(yield* messageOf(name), "cannot name a namespace")
      }
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer())),
  )
})
