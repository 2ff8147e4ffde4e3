import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient, type TileDBError } from "@effect-tiledb/client"
import { Model, type Operation, UserId } from "@effect-tiledb/schema"
import {
  Deployment,
  Faults,
  Fixtures,
  Group,
  Journal,
  Mailbox,
  TestHttpClient,
  TestServer,
} from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"

// A made-up second group of the API: what its author writes, through public modules only. Rows, methods, handlers.

const fields = {
  member_id: Model.userId("Whose membership it is"),
  email: Model.text("The member's address"),
  role: Model.text("What the member may do"),
  key: Model.optional(Model.secret("The member's key")),
}
class Member extends Schema.Class<Member>("Member")(
  Model.schemas(fields),
  Model.annotations("Member", "A member of a team", (): Model.Reader<object> => readMember),
) {}
const readMember = Model.reader(fields, Member)

const team = { pathParameters: { team: Schema.String }, subject: ["team"], group: "Teams" } as const

const rows = {
  list: {
    ...team,
    name: "list",
    method: "GET",
    path: "/teams/{team}",
    query: Schema.Struct({
      page: Schema.optional(Schema.Int.pipe(Schema.positive())),
      search: Schema.optional(Schema.String),
    }),
    success: Model.page("MemberPage", "Members, in pages", Member),
    result: "body",
    successStatus: 200,
    notFound: true,
    idempotent: true,
  },
  invite: {
    ...team,
    name: "invite",
    method: "POST",
    path: "/teams/{team}/invitations",
    request: Schema.Array(
      Schema.Struct({
        email: Schema.String,
        role: Schema.String,
        key: Schema.optional(Schema.Redacted(Schema.String)),
      }),
    ),
    success: Model.listResponse("MemberList", "The people who were invited", Member),
    successStatus: 202,
  },
  remove: {
    ...team,
    name: "remove",
    method: "DELETE",
    path: "/teams/{team}/{user_id}",
    pathParameters: { team: Schema.String, user_id: UserId },
    subject: ["team", "user_id"],
    successStatus: 204,
    notFound: true,
    idempotent: true,
  },
} as const satisfies Record<string, Operation>

type Result<Row extends Operation> = Effect.Effect<TileDBClient.Success<Row>, TileDBClient.Failure<Row>>

interface Service {
  readonly list: (team: string, query?: TileDBClient.Arguments<typeof rows.list>["query"]) => Result<typeof rows.list>
  readonly invite: (
    team: string,
    request: TileDBClient.Arguments<typeof rows.invite>["request"],
  ) => Result<typeof rows.invite>
  readonly remove: (team: string, user_id: UserId) => Result<typeof rows.remove>
}

class Teams extends Context.Tag("Teams")<Teams, Service>() {}

const makeTeams = ({ execute }: TileDBClient.Service): Service => ({
  list: (team, query) => TileDBClient.call(execute, rows.list, { path: { team }, query }),
  invite: (team, request) => TileDBClient.call(execute, rows.invite, { path: { team }, request }),
  remove: (team, user_id) => TileDBClient.call(execute, rows.remove, { path: { team, user_id } }),
})

const member = (member_id: string, email: string, role = "member") =>
  new Member({ member_id: UserId.make(member_id, true), email, role })

const name = "My Team"
const all = ["a", "b", "c"].map((letter, index) => member(`usr_${index}`, `${letter}@example.com`))

const teams = Group.make({
  operations: rows,
  state: new Map([[name, all]]) as ReadonlyMap<string, ReadonlyArray<Member>>,
  schema: Schema.ReadonlyMapFromRecord({ key: Schema.String, value: Schema.Array(Member) }),
  handlers: {
    list: ({ fail, parameters, query: { page = 1, search = "" }, state }) => {
      const members = state.get(parameters.team)
      if (members === undefined) return fail({ status: 404, message: "There is no such team" })
      const found = members.filter(({ email }) => email.includes(search))
      return {
        items: found.slice((page - 1) * 2, page * 2),
        pagination: new Model.Pagination({
          page,
          per_page: 2,
          total_pages: Math.ceil(found.length / 2),
          total_items: found.length,
        }),
      }
    },
    invite: ({ fail, id, parameters, put, request, secret, send, state }) => {
      const members = state.get(parameters.team) ?? []
      const taken = request.flatMap(({ email }, index) =>
        members.some((one) => one.email === email)
          ? [{ field: `${index}.email`, message: `${email} is a member` }]
          : [],
      )
      if (taken.length > 0) return fail({ status: 409, message: `Cannot invite ${taken[0]?.message}`, fields: taken })
      const invited = request.map(({ email, role }) => {
        const token = secret("invitation")
        send({ kind: "invitation", email, token })
        return new Member({ member_id: UserId.make(id("usr")), email, role, key: token })
      })
      put(new Map(state).set(parameters.team, [...members, ...invited]))
      return invited
    },
    remove: ({ fail, parameters, put, state }) => {
      const members = state.get(parameters.team) ?? []
      const rest = members.filter(({ member_id }) => member_id !== parameters.user_id)
      if (rest.length === members.length) return fail({ status: 404, message: "There is no such member" })
      return put(new Map(state).set(parameters.team, rest))
    },
  },
})

const options: Deployment.Options = { groups: [teams], users: [Fixtures.user("ada")] }
const client = (more: TileDBClient.Options = {}) =>
  Layer.unwrapEffect(
    Effect.map(Deployment.Deployment, ({ apiKey }) =>
      TileDBClient.layer({ credentials: Credentials.apiKey(apiKey), ...more }),
    ),
  )
const TeamsLive = Layer.effect(Teams, Effect.map(TileDBClient.TileDBClient, makeTeams))

const inMemory = TeamsLive.pipe(Layer.provide(client()), Layer.provideMerge(TestHttpClient.layer(options)))
const faces: Readonly<Record<string, Layer.Layer<Teams | Journal.Journal | Mailbox.Mailbox, unknown>>> = {
  "the wire in memory": inMemory,
  "a server with fetch": TeamsLive.pipe(
    Layer.provide(Layer.unwrapEffect(Effect.map(TestServer.TestServer, ({ baseUrl }) => client({ baseUrl })))),
    Layer.provide(FetchHttpClient.layer),
    Layer.provideMerge(TestServer.layer(options)),
  ),
}

const emails = (members: ReadonlyArray<Member>) => members.map(({ email }) => email)

describe("a second API group", () => {
  for (const [face, layer] of Object.entries(faces)) {
    it.effect(`is carried by ${face}: pages, a list as body, a name in the path, a 202`, () =>
      Effect.gen(function* () {
        const teams = yield* Teams
        const first = yield* teams.list(name)
        assert.deepStrictEqual(emails(first.items), ["a@example.com", "b@example.com"])
        assert.deepInclude(first.pagination, { page: 1, per_page: 2, total_pages: 2, total_items: 3 })
        assert.deepStrictEqual(emails((yield* teams.list(name, { page: 2, search: undefined })).items), [
          "c@example.com",
        ])
        assert.deepStrictEqual((yield* teams.list(name, { search: "b@" })).pagination?.total_items, 1)

        const key = Redacted.make("key-of-dan")
        const [dan] = yield* teams.invite(name, [{ email: "dan@example.com", role: "member", key }])
        const { token } = yield* Mailbox.take({ kind: "invitation", to: "dan@example.com" })
        assert.deepStrictEqual(dan?.key, token)
        yield* teams.remove(name, UserId.make(dan?.member_id ?? ""))
        assert.strictEqual((yield* teams.list(name)).pagination?.total_items, 3)

        yield* Journal.expect([
          { operation: "Teams.list", outcome: 200 },
          { operation: "Teams.list", query: { page: "2" } },
          { operation: "Teams.list", query: { search: "b@" } },
          { operation: "Teams.invite", items: [{ email: "dan@example.com", key }], outcome: 202 },
          { operation: "Teams.remove", userId: UserId.make(dan?.member_id ?? ""), outcome: 204 },
          { operation: "Teams.list" },
        ])
        const other = { operation: "Teams.invite", items: [{ email: "eve@example.com" }] }
        const mismatch = yield* Effect.flip(Journal.expect([other]))
        assert.include(mismatch.message, '[{email: "dan@example.com", role: "member", key: <redacted>}]')
        assert.notInclude(mismatch.message, "key-of-dan")
      }).pipe(Effect.provide(layer)),
    )
  }

  it.effect("has errors that name the team, and nobody's address", () =>
    Effect.gen(function* () {
      const teams = yield* Teams
      const missing = yield* Effect.flip(teams.list("No Team"))
      assert.deepInclude(missing, { _tag: "NotFound", operation: "list", subject: { team: "No Team" } })
      assert.match(missing.message, /^list: 404 There is no such team \[request \w+, team No Team, api\.tiledb\.com\]$/)
      const invited = [
        { email: "eve@example.com", role: "member" },
        { email: "b@example.com", role: "member" },
      ]
      const taken = yield* Effect.flip(teams.invite(name, invited))
      assert(taken._tag === "ApiError")
      assert.deepStrictEqual(taken.validationError?.fields, [{ field: "1.email", message: "<redacted> is a member" }])
      assert.notInclude(taken.message + JSON.stringify(taken), "@example.com")
      const refused = yield* Effect.flip(teams.remove("../users", UserId.make("self", true)))
      assert.deepStrictEqual(
        [refused._tag, "issues" in refused ? refused.issues.map(({ path }) => path) : []],
        ["InvalidRequest", ["team", "userId"]],
      )
      const badQuery = yield* Effect.flip(teams.list(name, { page: 0.5 }))
      assert.deepStrictEqual("issues" in badQuery ? badQuery.issues.map(({ path }) => path) : [], ["page"])
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("has its bad queries and bodies answered with the names of the fields", () =>
    Effect.gen(function* () {
      const { apiKey } = yield* Deployment.Deployment
      const { execute } = yield* TileDBClient.make({ credentials: Credentials.apiKey(apiKey) })
      // A client that is older than the deployment, with laxer rows.
      const list = { ...rows.list, query: Schema.Struct({ page: Schema.String }) }
      const badQuery = yield* Effect.flip(
        TileDBClient.call(execute, list, { path: { team: name }, query: { page: "two" } }),
      )
      const invite = { ...rows.invite, request: Schema.Array(Schema.Struct({ email: Schema.String })) }
      const badBody = yield* Effect.flip(
        TileDBClient.call(execute, invite, { path: { team: name }, request: [{ email: "a" }] }),
      )
      const fields = (error: TileDBError.TileDBError) =>
        error._tag === "ApiError" ? error.validationError?.fields : undefined
      assert.deepStrictEqual(fields(badQuery), [{ field: "page", message: "is not valid" }])
      assert.deepStrictEqual(fields(badBody), [{ field: "0.role", message: "is required" }])
    }).pipe(Effect.scoped, Effect.provide(TestHttpClient.layer(options))),
  )

  it.effect("is read leniently in its lists; faults and policies know its operations by the group's name", () =>
    Effect.gen(function* () {
      const teams = yield* Teams
      const odd = yield* teams
        .list(name)
        .pipe(Faults.withFaults({ fault: Faults.merge({ email: null, hat: "red" }), operation: "Teams.list" }))
      assert.deepStrictEqual(emails(odd.items), ["", ""])
      assert.strictEqual(odd.pagination?.total_items, 3)
      const policy = RetryPolicy.forOperations(RetryPolicy.standard, { "Teams.list": RetryPolicy.none })
      const once = yield* Effect.flip(teams.list(name)).pipe(
        RetryPolicy.withRetryPolicy(policy),
        Faults.withFaults({ fault: Faults.status(503), operation: "Teams.list" }),
      )
      assert.deepInclude(once, { _tag: "ApiError" })
      assert.deepStrictEqual("attempts" in once ? once.attempts.map(({ delay }) => delay) : [], [Duration.zero])
      const unknown = yield* Effect.exit(
        Effect.provide(
          Effect.void,
          Deployment.layer({
            faults: [{ fault: Faults.refuse, operation: "list" }],
            groups: [Group.make({ operations: {}, state: 0, handlers: {} })],
          }),
        ),
      )
      assert.strictEqual(unknown._tag, "Failure")
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("a removal whose response was lost is done when the member is gone", () =>
    Effect.gen(function* () {
      const teams = yield* Teams
      const policy = RetryPolicy.make({ baseDelay: 0 })
      yield* teams
        .remove(name, UserId.make("usr_1"))
        .pipe(RetryPolicy.withRetryPolicy(policy), Faults.withFaults({ fault: Faults.reset("after"), nth: 1 }))
      const gone = yield* Effect.flip(teams.remove(name, UserId.make("usr_1")))
      assert.deepInclude(gone, { _tag: "NotFound", outcome: "NotDone", userId: UserId.make("usr_1") })
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("has a state of its own, which snapshots and resets know", () =>
    Effect.gen(function* () {
      const teams = yield* Teams
      const deployment = yield* Deployment.Deployment
      const total = Effect.map(teams.list(name), ({ pagination }) => pagination?.total_items)
      const before = yield* deployment.snapshot
      yield* teams.remove(name, UserId.make("usr_0"))
      const after = yield* deployment.snapshot
      yield* deployment.restore(before)
      assert.strictEqual(yield* total, 3)
      yield* deployment.restore(after)
      assert.strictEqual(yield* total, 2)
      yield* deployment.reset
      assert.strictEqual(yield* total, 3)
      assert.isTrue(Option.isNone(yield* Mailbox.latest({ kind: "invitation" })))
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("has a state that goes through JSON, if there is a schema for it, with its secrets", () =>
    Effect.gen(function* () {
      const teams = yield* Teams
      const deployment = yield* Deployment.Deployment
      const [dan] = yield* teams.invite(name, [{ email: "dan@example.com", role: "member" }])
      const json = JSON.parse(JSON.stringify(yield* deployment.exportState))
      yield* deployment.reset
      assert.strictEqual((yield* teams.list(name)).pagination?.total_items, 3)
      yield* deployment.importState(json)
      const { items } = yield* teams.list(name, { page: 2 })
      assert.deepStrictEqual(items.at(-1), dan)
      yield* teams.remove(name, UserId.make("usr_0", true))
      yield* deployment.reset
      assert.strictEqual((yield* teams.list(name)).pagination?.total_items, 4)
      // A document of a deployment without the group leaves its state; a wrong one is refused at its place.
      yield* teams.remove(name, UserId.make("usr_0", true))
      yield* deployment.importState({ ...json, groups: {} })
      const { groups, ...old } = json
      assert.deepStrictEqual(Object.keys(groups), ["Teams.list"])
      yield* deployment.importState(old)
      assert.strictEqual((yield* teams.list(name)).pagination?.total_items, 3)
      const wrong = yield* Effect.flip(deployment.importState({ ...json, groups: { "Teams.list": { red: [7] } } }))
      assert.include(String(wrong), '["groups"]')
    }).pipe(Effect.provide(inMemory)),
  )

  it.effect("has a state that JSON leaves alone, if there is no schema", () =>
    Effect.gen(function* () {
      const deployment = yield* Deployment.Deployment
      const json = yield* deployment.exportState
      assert.notInclude(JSON.stringify(json), "kept to myself")
      yield* deployment.importState(json)
    }).pipe(
      Effect.provide(
        Deployment.layer({ groups: [Group.make({ operations: {}, state: "kept to myself", handlers: {} })] }),
      ),
    ),
  )

  it.effect("names its spans after itself", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const tracer = yield* Effect.tracer
      yield* Effect.flatMap(Teams, (teams) => teams.list(name)).pipe(
        Effect.withTracer(
          Tracer.make({
            context: tracer.context,
            span: (name, ...rest) => {
              names.push(name)
              return tracer.span(name, ...rest)
            },
          }),
        ),
      )
      assert.deepStrictEqual(names, ["Teams.list", "GET /v4/teams/{team}"])
    }).pipe(Effect.provide(inMemory)),
  )
})
