import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, Invitations, RetryPolicy, TileDBClient, Tokens, Users, Workspaces } from "@effect-tiledb/client"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Contract, Deployment, Journal, Mailbox, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeUsers, usersLayerFetch } from "../../client/test/support/users.js"

/** The real client, for whoever calls, as `make` makes it. */
const clientsBy = <E, R>(make: (credentials: Credentials.Credentials) => Effect.Effect<Users.Service, E, R>) => {
  const owner = Effect.flatMap(Deployment.Deployment, ({ apiKey }) => make(Credentials.apiKey(apiKey)))
  return Layer.merge(Layer.effect(Users.Users, owner), Contract.layerCallers(make))
}

const strict = { retryPolicy: RetryPolicy.none, decoding: "strict" } as const

/** The real client over an `HttpClient` at the deployment. */
const clients = (baseUrl?: string) =>
  clientsBy((credentials) => Effect.scoped(makeUsers({ baseUrl, credentials, ...strict })))

const overServer = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.unwrapEffect(Effect.map(TestServer.TestServer, ({ baseUrl }) => clients(baseUrl))).pipe(
    Layer.provide(transport),
    Layer.provideMerge(TestServer.layer()),
  )

const faces = {
  "the service in memory": Contract.layerCallers((credentials) => TestUsers.make({ credentials })).pipe(
    Layer.provideMerge(TestUsers.layer()),
  ),
  "the wire in memory": Layer.provideMerge(clients(), TestHttpClient.layer()),
  "a server with fetch": overServer(FetchHttpClient.layer),
  "a server with node:http": overServer(NodeHttpClient.layer),
  "a server with undici": overServer(NodeHttpClient.layerUndici),
  "a server with NodeTransport": overServer(NodeTransport.layer),
  "a server with FetchTransport": overServer(FetchTransport.layer),
  "a server with layerFetch": Layer.unwrapEffect(
    Effect.map(TestServer.TestServer, ({ baseUrl }) =>
      clientsBy((credentials) =>
        Effect.map(
          Effect.scoped(Layer.build(usersLayerFetch({ baseUrl, credentials, ...strict }))),
          Context.get(Users.Users),
        ),
      ),
    ),
  ).pipe(Layer.provideMerge(TestServer.layer())),
}

it.effect("makes cases of another service, each with the layer built anew", () =>
  Effect.gen(function* () {
    const take = Effect.flatMap(Mailbox.Mailbox, (mailbox) => Effect.ignore(mailbox.take()))
    const broken = Effect.fail(new Contract.Violation({ message: "it does not hold" }))
    const [first, second] = Contract.check(
      [
        { name: "it holds", run: take },
        { name: "it is broken", run: Effect.zipRight(take, broken) },
      ],
      Deployment.layer(),
    )
    assert.strictEqual(first?.name, "it holds")
    yield* first?.run ?? Effect.die("no case")
    assert.strictEqual((yield* Effect.flip(second?.run ?? Effect.die("no case"))).message, "it does not hold")
  }),
)

for (const [face, layer] of Object.entries(faces)) {
  describe(`the contract over ${face}`, () => {
    for (const { name, run } of Contract.users(layer)) it.effect(name, () => run)
  })
}

/** The services of the groups about people, of one client. */
const peopleBy =
  <E, R>(client: (credentials: Credentials.Credentials) => Effect.Effect<TileDBClient.Service, E, R>) =>
  (credentials: Credentials.Credentials) =>
    Effect.all({
      users: Users.make,
      workspaces: Workspaces.make,
      invitations: Invitations.make,
      tokens: Tokens.make,
    }).pipe(Effect.provideServiceEffect(TileDBClient.TileDBClient, client(credentials)))

const ofServer = (credentials: Credentials.Credentials) =>
  Effect.flatMap(TestServer.TestServer, ({ baseUrl }) =>
    Effect.scoped(TileDBClient.make({ baseUrl, credentials, ...strict })),
  )

const peopleOver = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Contract.people(peopleBy(ofServer), Layer.merge(TestServer.layer(Contract.peopleOptions), transport))

const facesOfPeople = {
  "the service in memory": Contract.people(
    peopleBy((credentials) => TestUsers.makeClient({ credentials })),
    Deployment.layer(Contract.peopleOptions),
  ),
  "the wire in memory": Contract.people(
    peopleBy((credentials) => Effect.scoped(TileDBClient.make({ credentials, ...strict }))),
    TestHttpClient.layer(Contract.peopleOptions),
  ),
  "a server with fetch": peopleOver(FetchHttpClient.layer),
  "a server with node:http": peopleOver(NodeHttpClient.layer),
  "a server with undici": peopleOver(NodeHttpClient.layerUndici),
  "a server with NodeTransport": peopleOver(NodeTransport.layer),
  "a server with FetchTransport": peopleOver(FetchTransport.layer),
}

for (const [face, cases] of Object.entries(facesOfPeople)) {
  describe(`the contract of people over ${face}`, () => {
    for (const { name, run } of cases) it.effect(name, () => run)
  })
}

/** All that a case leaves behind: users, e-mails, and every call with its outcome, with ids, tokens and times. */
const traces = Effect.gen(function* () {
  const deployment = yield* Deployment.Deployment
  return JSON.stringify([yield* deployment.users, yield* (yield* Mailbox.Mailbox).all(), yield* Journal.entries()])
})

describe("parity", () => {
  const inMemory = faces["the service in memory"]
  // Cases that race leave their losers in whatever order they came.
  const names = Contract.users(inMemory).flatMap(({ name }, index) =>
    name.includes("at once") ? [] : [[name, index] as const],
  )

  for (const [name, index] of names) {
    it.effect(`every face leaves the same behind: ${name}`, () =>
      Effect.gen(function* () {
        const left = yield* Effect.forEach(Object.values(faces), (face) =>
          Effect.gen(function* () {
            const context = yield* Layer.build(face)
            const here = Contract.users(Layer.succeedContext(context))[index]
            assert.strictEqual(here?.name, name)
            if (here !== undefined) yield* here.run
            return yield* Effect.provide(traces, context)
          }).pipe(Effect.scoped),
        )
        assert.strictEqual(new Set(left).size, 1, left.join("\n"))
      }),
    )
  }
})

describe("the contract can fail", () => {
  const broken = (change: (users: Users.Service) => Users.Service) =>
    Layer.provideMerge(Layer.effect(Users.Users, Effect.map(TestUsers.make(), change)), faces["the service in memory"])

  it.effect("over a service that forgets to update, or hides who was not found", () =>
    Effect.gen(function* () {
      const failures = (change: (users: Users.Service) => Users.Service) =>
        Effect.map(
          Effect.forEach(Contract.users(broken(change)), ({ run }) => Effect.either(run)),
          (results) => results.flatMap((result) => (result._tag === "Left" ? [result.left.message] : [])),
        )
      assert.deepStrictEqual(yield* failures((users) => users), [])
      const forgetful = yield* failures((users) => ({ ...users, updateUser: () => Effect.void }))
      assert.isAbove(forgetful.length, 1)
      assert.match(forgetful.join("\n"), /the user: expected .*Countess.*, but it was .*ada/)
      const blind = yield* failures((users) => ({
        ...users,
        getUser: (id) =>
          Effect.catchTag(users.getUser(id), "NotFound", () => Effect.map(users.getSelfUser, (_) => _.user)),
      }))
      assert.include(blind, "getUser: expected NotFound, but it worked")
    }),
  )

  it.effect("over services that forget a role, keep a member, or show everybody's tokens", () =>
    Effect.gen(function* () {
      const right = peopleBy((credentials) => TestUsers.makeClient({ credentials }))
      const failures = (change: (people: Contract.People) => Contract.People) =>
        Effect.map(
          Effect.forEach(
            Contract.people(
              (credentials) => Effect.map(right(credentials), change),
              Deployment.layer(Contract.peopleOptions),
            ),
            ({ name, run }) => Effect.map(Effect.either(run), ({ _tag }) => (_tag === "Left" ? [name] : [])),
          ),
          (names) => names.flat(),
        )
      assert.deepStrictEqual(yield* failures((people) => people), [])
      const forgetful = yield* failures(({ workspaces, ...rest }) => ({
        ...rest,
        workspaces: { ...workspaces, updateWorkspaceUser: () => Effect.void },
      }))
      assert.deepStrictEqual(
        forgetful.map((name) => name.split(" ")[0]),
        ["updateWorkspaceUser", "a"],
      )
      const faithful = yield* failures(({ workspaces, ...rest }) => ({
        ...rest,
        workspaces: { ...workspaces, deleteWorkspaceUser: () => Effect.void },
      }))
      assert.include(faithful.join("\n"), "deleteWorkspaceUser ends the membership")
      const mute = yield* failures(({ invitations, ...rest }) => ({
        ...rest,
        invitations: { ...invitations, createInvitations: () => Effect.void },
      }))
      assert.lengthOf(mute, 5)
    }),
  )
})
