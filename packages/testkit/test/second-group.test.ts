import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, TileDBClient, type TileDBError } from "@effect-tiledb/client"
import { type Operation, UserId } from "@effect-tiledb/schema"
import { Deployment, Fixtures, Journal, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { fail, type Group } from "../src/internal/api/machine.js"

// A made-up second group of the API: what its author writes, and nothing more. A row, a method and a handler each.

class Team extends Schema.Class<Team>("Team")({ id: Schema.String, name: Schema.String }) {}

const Operations = {
  getTeam: {
    name: "getTeam",
    group: "Teams",
    method: "GET",
    path: "/teams/{team_id}/of/{user_id}",
    pathParameters: ["team_id", "user_id"],
    request: null,
    success: Schema.Struct({ data: Team }),
    successStatus: 200,
    notFound: true,
    credential: "session",
    idempotent: true,
  },
  listTeams: {
    name: "listTeams",
    group: "Teams",
    method: "GET",
    path: "/teams",
    pathParameters: [],
    query: Schema.Struct({
      page: Schema.optionalWith(Schema.NumberFromString.pipe(Schema.int(), Schema.positive()), { exact: true }),
      name: Schema.optionalWith(Schema.String, { exact: true }),
    }),
    request: null,
    success: Schema.Struct({ data: Schema.Array(Team) }),
    successStatus: 200,
    notFound: false,
    credential: "session",
    idempotent: true,
  },
} as const satisfies Record<string, Operation>

interface Service {
  readonly getTeam: (
    teamId: string,
    userId: UserId,
  ) => Effect.Effect<
    Team,
    | TileDBError.ApiError
    | TileDBError.DecodeError
    | TileDBError.InvalidRequest
    | TileDBError.NotFound
    | TileDBError.TransportError
  >
  readonly listTeams: (query: {
    readonly page?: number
    readonly name?: string
  }) => Effect.Effect<
    ReadonlyArray<Team>,
    TileDBError.ApiError | TileDBError.DecodeError | TileDBError.InvalidRequest | TileDBError.TransportError
  >
}

class Teams extends Context.Tag("Teams")<Teams, Service>() {}

const makeTeams = ({ execute }: TileDBClient.Service): Service => ({
  getTeam: (team_id, user_id) => TileDBClient.call(execute, Operations.getTeam, { path: { team_id, user_id } }),
  listTeams: (query) => TileDBClient.call(execute, Operations.listTeams, { query }),
})

const all = ["red", "green", "blue"].map((name, index) => new Team({ id: `team_${index}`, name }))

const teams: Group = {
  operations: Operations,
  endpoints: {
    getTeam: {
      access: "user",
      handle: (machine, { parameters }) =>
        all.find(({ id }) => id === parameters.team_id) ?? fail(machine, "pathNotFound"),
    },
    listTeams: {
      access: "user",
      handle: (_machine, { query }) => {
        const { name, page = 1 } = Schema.decodeUnknownSync(Schema.typeSchema(Operations.listTeams.query))(query)
        return all.filter((team) => name === undefined || team.name === name).slice((page - 1) * 2, page * 2)
      },
    },
  },
}

const options: Deployment.Options = { groups: [teams], users: [Fixtures.user("ada")] }
const client = (more: TileDBClient.Options = {}) =>
  Layer.unwrapEffect(
    Effect.map(Deployment.Deployment, ({ apiKey }) =>
      TileDBClient.layer({ credentials: Credentials.apiKey(apiKey), ...more }),
    ),
  )
const TeamsLive = Layer.effect(Teams, Effect.map(TileDBClient.TileDBClient, makeTeams))

const faces = {
  "the service in memory": Layer.effect(Teams, Effect.map(TestUsers.makeClient(), makeTeams)).pipe(
    Layer.provideMerge(Deployment.layer(options)),
  ),
  "the wire in memory": TeamsLive.pipe(Layer.provide(client()), Layer.provideMerge(TestHttpClient.layer(options))),
  "a server with fetch": TeamsLive.pipe(
    Layer.provide(Layer.unwrapEffect(Effect.map(TestServer.TestServer, ({ baseUrl }) => client({ baseUrl })))),
    Layer.provide(FetchHttpClient.layer),
    Layer.provideMerge(TestServer.layer(options)),
  ),
}

describe("a second API group", () => {
  const ada = UserId.make("usr_00000000000000000000")
  for (const [face, layer] of Object.entries(faces)) {
    it.effect(`is carried by ${face}`, () =>
      Effect.gen(function* () {
        const teams = yield* Teams
        assert.deepStrictEqual(yield* teams.getTeam("team_1", ada), all[1])
        assert.deepStrictEqual(yield* teams.listTeams({}), all.slice(0, 2))
        assert.deepStrictEqual(yield* teams.listTeams({ page: 2 }), all.slice(2))
        assert.deepStrictEqual(yield* teams.listTeams({ name: "blue" }), all.slice(2))
        const missing = yield* Effect.flip(teams.getTeam("team_9", ada))
        assert.deepStrictEqual([missing._tag, missing.operation], ["NotFound", "getTeam"])
        const refused = yield* Effect.flip(teams.getTeam("../users", UserId.make("self", true)))
        assert.deepStrictEqual(
          [refused._tag, "issues" in refused ? refused.issues.map(({ path }) => path) : []],
          ["InvalidRequest", ["teamId", "userId"]],
        )
        const badQuery = yield* Effect.flip(teams.listTeams({ page: 0.5 }))
        assert.deepStrictEqual("issues" in badQuery ? badQuery.issues.map(({ path }) => path) : [], ["page"])
        assert.deepStrictEqual(
          (yield* Journal.entries()).map(({ operation, outcome }) => [
            operation,
            "status" in outcome && outcome.status,
          ]),
          [
            ["getTeam", 200],
            ["listTeams", 200],
            ["listTeams", 200],
            ["listTeams", 200],
            ["getTeam", 404],
          ],
        )
      }).pipe(Effect.provide(layer)),
    )
  }

  it.effect("names its spans after itself", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const tracer = yield* Effect.tracer
      yield* Effect.flatMap(Teams, (teams) => teams.listTeams({ name: "red" })).pipe(
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
      assert.deepStrictEqual(names, ["Teams.listTeams", "GET /v4/teams"])
    }).pipe(Effect.provide(faces["the wire in memory"])),
  )
})
