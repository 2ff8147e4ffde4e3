import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Contract, Deployment, Faults, Fixtures, Mailbox, Recording, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { formsIn, haystackOf, needlesOf } from "../src/internal/canary/forms.js"

/** The real client for whoever calls; the owner's key is whatever the test says. */
const clients = (apiKey: Redacted.Redacted<string>) => {
  const make = (credentials: Credentials.Credentials) =>
    Effect.scoped(Users.make({ credentials, retryPolicy: RetryPolicy.none }))
  return Layer.merge(Layer.effect(Users.Users, make(Credentials.apiKey(apiKey))), Contract.layerCallers(make))
}

/** A mailbox that keeps what it was asked, and one that says the same again with other tokens. */
const tapeMailbox = () => {
  const tape: Array<unknown> = []
  const tokens = new Map<string, Redacted.Redacted<string>>()
  const disguised = (value: unknown): unknown =>
    Redacted.isRedacted(value)
      ? (tokens.get(String(Redacted.value(value))) ?? remember(String(Redacted.value(value))))
      : Option.isOption(value)
        ? Option.map(value, disguised)
        : Array.isArray(value)
          ? value.map(disguised)
          : typeof value === "object" && value !== null && "token" in value
            ? { ...value, token: disguised(value.token) }
            : value
  const remember = (token: string) => {
    const other = Redacted.make(`scoped_replayed_${tokens.size}`)
    tokens.set(token, other)
    return other
  }
  const kept = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tap(effect, (value) => tape.push(value))
  const keep = ({ all, clear, count, latest, take }: Mailbox.Service): Mailbox.Service => ({
    all: (filter) => kept(all(filter)),
    count: (filter) => kept(count(filter)),
    latest: (filter) => kept(latest(filter)),
    take: (filter, options) => kept(take(filter, options)),
    clear: kept(clear),
  })
  const next = Effect.sync(() => disguised(tape.shift()) as never)
  const again: Mailbox.Service = {
    all: () => next,
    count: () => next,
    latest: () => next,
    take: () => next,
    clear: next,
  }
  return { keep, again }
}

const recorded = (index: number, seed: number) =>
  Effect.gen(function* () {
    const mailbox = tapeMailbox()
    const deployment = yield* Deployment.Deployment
    const { client, recording } = Recording.record(yield* TestHttpClient.make())
    const layer = clients(deployment.apiKey).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, client)),
      Layer.merge(Layer.effect(Mailbox.Mailbox, Effect.map(Mailbox.Mailbox, mailbox.keep))),
    )
    const context = yield* Effect.context<Mailbox.Mailbox>()
    yield* Effect.provide(caseAt(index, layer), context)
    return { recording: yield* recording, mailbox, apiKey: deployment.apiKey }
  }).pipe(Effect.provide(Deployment.layer({ seed })))

const caseAt = <E, R>(index: number, layer: Layer.Layer<Users.Users | Contract.Callers | Mailbox.Mailbox, E, R>) => {
  const found = Contract.users(layer)[index]
  return found === undefined ? Effect.die("no such case") : found.run
}

const nothing = Layer.die("only names are wanted") as Layer.Layer<Users.Users | Contract.Callers | Mailbox.Mailbox>
const names = Contract.users(nothing).map(({ name }) => name)
const toText = Schema.encodeSync(Schema.parseJson(Recording.Recording, { space: 2 }))

describe("a recording of the contract", () => {
  for (const [index, name] of names.entries()) {
    it.effect(`is replayed, without the service and with other secrets: ${name}`, () =>
      Effect.gen(function* () {
        const { mailbox, recording } = yield* recorded(index, 1)
        const other = clients(Redacted.make("tiledb_somebody_elses_key")).pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, Recording.replay(recording))),
          Layer.merge(Layer.succeed(Mailbox.Mailbox, mailbox.again)),
        )
        yield* caseAt(index, other)
      }),
    )
  }

  it.effect("holds none of the secrets, in any form, and all ten operations", () =>
    Effect.gen(function* () {
      const all = yield* Effect.forEach(names.keys(), (index) => recorded(index, 1))
      const text = all.map(({ recording }) => toText(recording)).join("\n")
      const secrets = [
        "first password",
        "second password",
        ...all.map(({ apiKey }) => Redacted.value(apiKey)),
        "scoped_",
      ]
      for (const secret of secrets) assert.deepStrictEqual(formsIn(haystackOf(text), needlesOf(secret)), [], secret)
      for (const path of [
        "change_password",
        "confirm_email",
        "request_email_confirmation",
        "request_password_reset",
        "reset_password",
        '"/v4/users"',
        "/users/self",
        "/users/usr_",
      ]) {
        assert.include(text, path)
      }
      for (const method of ["GET", "POST", "PATCH", "DELETE"]) assert.include(text, `"method": "${method}"`)
    }),
  )
})

const over = (client: HttpClient.HttpClient, credentials = Credentials.basic("ada", Fixtures.password("ada"))) =>
  Users.make({ credentials, retryPolicy: RetryPolicy.none }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.scoped,
  )

const ada = { users: [Fixtures.user("ada")] }

const someCalls = Effect.gen(function* () {
  const { client, recording } = Recording.record(yield* HttpClient.HttpClient)
  const users = yield* over(client)
  const { user } = yield* users.getSelfUser
  yield* users.updateUser(user.id, { timezone: "Asia/Tokyo" })
  yield* users.getUser(user.id)
  return { recording: yield* recording, id: user.id }
}).pipe(Effect.provide(TestHttpClient.layer(ada)))

const messageOf = <A, E extends { readonly message: string }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

describe("a replay", () => {
  it.effect("answers in any order, each entry once; what was not recorded fails naming the nearest", () =>
    Effect.gen(function* () {
      const { id, recording } = yield* someCalls
      const users = yield* over(Recording.replay(recording))
      assert.strictEqual((yield* users.getUser(id)).timezone, "Asia/Tokyo")
      assert.include(
        yield* messageOf(users.updateUser(id, { timezone: "UTC" })),
        `PATCH /v4/users/${id} (Basic ada <secret 1>) was not recorded; the nearest is entry 2, PATCH /v4/users/${id} (Basic ada <secret 1>), which differs in body`,
      )
      yield* users.updateUser(id, { timezone: "Asia/Tokyo" })
      yield* users.getSelfUser
      assert.include(yield* messageOf(users.getSelfUser), "nothing is left of the recording")
    }),
  )

  it.effect("that is strict takes the calls in the order of the recording only", () =>
    Effect.gen(function* () {
      const { id, recording } = yield* someCalls
      const users = yield* over(Recording.replay(recording, { strict: true }))
      assert.include(
        yield* messageOf(users.getUser(id)),
        `GET /v4/users/${id} (Basic ada <secret 1>) was not recorded; the nearest is entry 1, GET /v4/users/self (Basic ada <secret 1>), which differs in path`,
      )
      yield* users.getSelfUser
    }),
  )

  it.effect("gives connection failures again", () =>
    Effect.gen(function* () {
      const { client, recording } = Recording.record(yield* HttpClient.HttpClient)
      const before = yield* Effect.flip(Faults.withFaults((yield* over(client)).getSelfUser, { fault: Faults.refuse }))
      const after = yield* Effect.flip((yield* over(Recording.replay(yield* recording))).getSelfUser)
      assert.deepStrictEqual(JSON.stringify(after), JSON.stringify(before))
    }).pipe(Effect.provide(TestHttpClient.layer(ada))),
  )

  it.effect("withholds an answer that quotes a secret in a form that cannot be cut out", () =>
    Effect.gen(function* () {
      const echo = (body: string) =>
        Effect.gen(function* () {
          const { client, recording } = Recording.record(yield* HttpClient.HttpClient)
          const users = yield* over(client)
          yield* Effect.exit(Faults.withFaults(users.getSelfUser, { fault: Faults.answer({ status: 400, body }) }))
          return JSON.stringify((yield* recording).entries[0]?.answer)
        }).pipe(Effect.provide(TestHttpClient.layer(ada)))
      const secret = Redacted.value(Fixtures.password("ada"))
      assert.include(yield* echo(`you sent ${secret}`), "you sent <secret 1>")
      assert.include(yield* echo(`you sent ${Buffer.from(`ada:${secret}`).toString("base64")}`), "withheld")
    }),
  )

  it.effect("reads and writes its file", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/users.json`
      const users = Users.layer({ credentials: Credentials.basic("ada", Fixtures.password("ada")) })
      const self = Effect.flatMap(Users.Users, ({ getSelfUser }) => getSelfUser)
      const live = Recording.layerRecord(file).pipe(Layer.provide(TestHttpClient.layer(ada)))
      const first = yield* Effect.provide(self, Layer.provide(users, live))
      const again = yield* Effect.provide(self, Layer.provide(users, Recording.layerReplay(file)))
      assert.deepStrictEqual(again, first)
      assert.include(yield* fs.readFileString(file), '"credential": "Basic ada <secret 1>"')
      yield* fs.writeFileString(file, '{"version": 2}')
      const error = yield* Effect.flip(Layer.build(Recording.layerReplay(file)))
      assert.strictEqual(error._tag, "ParseError")
      assert.isTrue(UserId.make(first.user.id).startsWith("usr_"))
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)),
  )
})
