import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, TileDBClient, TileDBConfig, TileDBError } from "@effect-tiledb/client"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  type Answer,
  id,
  key,
  member,
  notFound,
  pageOf,
  type Sent,
  workspace,
  workspaceId,
  world,
} from "../support/people.js"

const other = "ws_00000000000000000000"

/** A service whose workspaces have these names. */
const named =
  (ids: Readonly<Record<string, string>>) =>
  ({ method, path }: Sent): Answer => {
    const name = decodeURIComponent(/^\/workspaces\/([^/?]*)/.exec(path)?.[1] ?? "")
    if (name !== "") {
      const workspace_id = Object.values(ids).find((id) => id === name) ?? ids[name]
      return workspace_id === undefined ? notFound : { status: 200, json: { data: { ...workspace, workspace_id } } }
    }
    if (method === "POST") return { status: 201, json: { data: [] } }
    return method === "DELETE" ? { status: 204 } : { status: 200, json: pageOf([member]) }
  }

const paths = (sent: ReadonlyArray<Sent>) => sent.map(({ method, path }) => `${method} ${path}`)

describe("the workspace of a call", () => {
  it.scoped("is the one that is given, or that of the client; a name becomes an id", () =>
    Effect.gen(function* () {
      const { sent, workspaces } = yield* world(named({ "My Team": workspaceId }), { workspace: other })
      yield* workspaces.listWorkspaceUsers()
      yield* workspaces.listWorkspaceUsers({ workspace: undefined })
      yield* workspaces.listWorkspaceUsers({ workspace: workspaceId })
      yield* workspaces.listWorkspaceUsers({ workspace: "My Team" })
      assert.deepStrictEqual(paths(sent), [
        `GET /workspaceusers/${other}`,
        `GET /workspaceusers/${other}`,
        `GET /workspaceusers/${workspaceId}`,
        "GET /workspaces/My%20Team",
        `GET /workspaceusers/${workspaceId}`,
      ])
    }),
  )

  it.scoped("of a name is resolved once, by all services of a client: a rename changes no target", () =>
    Effect.gen(function* () {
      const ids: Record<string, string> = { engines: workspaceId }
      const { invitations, sent, workspaces } = yield* world(named(ids), { workspace: Option.some("engines") })
      yield* workspaces.listWorkspaceUsers()
      ids.engines = other
      yield* workspaces.deleteWorkspaceUser(id)
      yield* invitations.createInvitations([{ invitee_email: "grace@example.com", prospective_role: "member" }])
      yield* workspaces.allWorkspaceUsers({ workspace: "engines" })
      assert.deepStrictEqual(paths(sent), [
        "GET /workspaces/engines",
        `GET /workspaceusers/${workspaceId}`,
        `DELETE /workspaceusers/${workspaceId}/${id}`,
        `POST /invitations/admin/${workspaceId}`,
        `GET /workspaceusers/${workspaceId}?page=1`,
      ])
      const workspace_invitation = { workspace_id: workspaceId, prospective_role: "member" }
      assert.deepStrictEqual(sent[3]?.body, [{ invitee_email: "grace@example.com", workspace_invitation }])
    }),
  )

  it.scoped("that only contains the form of an id is a name", () =>
    Effect.gen(function* () {
      const names = [`x${workspaceId}`, `${workspaceId}x`, workspaceId.toUpperCase()]
      const { sent, workspaces } = yield* world(named(Object.fromEntries(names.map((name) => [name, other]))))
      for (const workspace of names) yield* workspaces.listWorkspaceUsers({ workspace })
      assert.deepStrictEqual(
        paths(sent),
        names.flatMap((name) => [`GET /workspaces/${name}`, `GET /workspaceusers/${other}`]),
      )
    }),
  )

  it.scoped("whose id the response does not have is asked for again", () =>
    Effect.gen(function* () {
      const ids: Record<string, string> = { engines: "" }
      const { sent, workspaces } = yield* world(named(ids), { workspace: "engines" })
      yield* Effect.flip(workspaces.listWorkspaceUsers())
      ids.engines = other
      yield* workspaces.listWorkspaceUsers()
      assert.deepStrictEqual(paths(sent).slice(1), ["GET /workspaces/engines", `GET /workspaceusers/${other}`])
    }),
  )

  it.scoped("of a name is another one to another credential", () =>
    Effect.gen(function* () {
      const { sent, workspaces } = yield* world(named({ engines: workspaceId }), { workspace: "engines" })
      const grace = Credentials.apiKey(Redacted.make("tiledb_key-of-grace"))
      yield* workspaces.listWorkspaceUsers()
      yield* Effect.repeatN(Credentials.withCredentials(workspaces.listWorkspaceUsers(), grace), 1)
      assert.deepStrictEqual(
        paths(sent).filter((path) => path === "GET /workspaces/engines"),
        ["GET /workspaces/engines", "GET /workspaces/engines"],
      )
    }),
  )

  it.scoped("is decided by the first of those who ask at once", () =>
    Effect.gen(function* () {
      const service = named({ engines: workspaceId })
      const later = named({ engines: other })
      let asked = 0
      const { sent, workspaces } = yield* world((one) =>
        one.path === "/workspaces/engines" && asked++ > 0 ? later(one) : service(one),
      )
      const both = workspaces.listWorkspaceUsers({ workspace: "engines" })
      yield* Effect.all([both, both], { concurrency: "unbounded" })
      const listed = paths(sent).filter((path) => path.includes("workspaceusers"))
      assert.deepStrictEqual(listed, [`GET /workspaceusers/${workspaceId}`, `GET /workspaceusers/${workspaceId}`])
    }),
  )

  it.scoped("that cannot be found is not remembered, and nothing was sent to it", () =>
    Effect.gen(function* () {
      const ids: Record<string, string> = {}
      const { invitations, sent, workspaces } = yield* world(named(ids), { workspace: "engines" })
      const invite = invitations.createInvitations([{ invitee_email: "grace@example.com", prospective_role: "member" }])
      const missing = yield* Effect.flip(invite)
      assert.deepInclude(missing, {
        _tag: "NotFound",
        operation: "getWorkspace",
        outcome: "NotDone",
        subject: { workspace: "engines" },
      })
      assert.include(missing.message, "workspace engines")
      ids.engines = workspaceId
      yield* invite
      yield* workspaces.getWorkspace()
      assert.deepStrictEqual(paths(sent).slice(1), [
        "GET /workspaces/engines",
        `POST /invitations/admin/${workspaceId}`,
        `GET /workspaces/${workspaceId}`,
      ])
    }),
  )

  for (const [what, answer, expected] of [
    ["lost", "lost", { _tag: "TransportError", outcome: "NotSent", operation: "getWorkspace" }],
    ["a 500", { status: 500 }, { _tag: "ApiError", outcome: "NotDone", operation: "getWorkspace", status: 500 }],
    ["a page", { status: 200, json: { page: 1 } }, { _tag: "InvalidRequest", operation: "createInvitations" }],
    ["strange", { status: 200, json: { data: 7 } }, { _tag: "InvalidRequest", operation: "createInvitations" }],
    ["without an id", { status: 200, json: { data: {} } }, { _tag: "InvalidRequest", operation: "createInvitations" }],
  ] as ReadonlyArray<readonly [string, Answer, object]>) {
    it.scoped(`of a name, when the response is ${what}: the call was not sent, and nothing may have been done`, () =>
      Effect.gen(function* () {
        const { invitations, sent } = yield* world(() => answer, { workspace: "engines" })
        const people = [{ invitee_email: "grace@example.com", prospective_role: "member" }]
        const error = yield* Effect.flip(invitations.createInvitations(people))
        assert.deepInclude(error, expected)
        assert.isFalse(TileDBError.mayHaveBeenDone(error))
        if (error._tag === "InvalidRequest" && what !== "without an id") {
          assert.lengthOf(error.issues, 1)
          assert.strictEqual(error.issues[0]?.path, "workspace")
          assert.match(String(error.issues[0]?.message), /^cannot be resolved: getWorkspace: /)
        }
        assert.notInclude(paths(sent).join(), "POST")
      }),
    )
  }

  it.scoped("that is missing or no name is refused, for the operation that was called", () =>
    Effect.gen(function* () {
      const { sent, workspaces } = yield* world(named({}), { workspace: undefined })
      const refusals: ReadonlyArray<readonly [Effect.Effect<unknown, TileDBError.TileDBError>, string]> = [
        [
          workspaces.deleteWorkspaceUser(id),
          "workspace is missing: give the name or the id of a workspace, or configure one",
        ],
        [workspaces.deleteWorkspaceUser(id, { workspace: "" }), "workspace is missing"],
        [workspaces.deleteWorkspaceUser(id, { workspace: "../users" }), "workspace should be a name or an id"],
        [workspaces.deleteWorkspaceUser(id, { workspace: 7 } as never), "workspace should be a string"],
        [workspaces.deleteWorkspaceUser(id, { workspace: Symbol("s") } as never), "workspace"],
        [workspaces.deleteWorkspaceUser(id, "engines" as never), "workspace is missing"],
      ]
      for (const [call, message] of refusals) {
        const error = yield* Effect.flip(call)
        assert.deepInclude(error, { _tag: "InvalidRequest", operation: "deleteWorkspaceUser", outcome: "NotSent" })
        assert.include(error.message, `deleteWorkspaceUser was not sent: ${message}`)
      }
      assert.deepStrictEqual(sent, [])
    }),
  )

  it.scoped("what is no object names none, not even that of the client", () =>
    Effect.gen(function* () {
      const { sent, workspaces } = yield* world(named({}), { workspace: other })
      const throwing = {
        get workspace(): string {
          throw new Error("hunter22")
        },
      }
      for (const options of ["engines", 7, throwing]) {
        const error = yield* Effect.flip(workspaces.deleteWorkspaceUser(id, options as never))
        assert.deepInclude(error, { _tag: "InvalidRequest", outcome: "NotSent" })
      }
      assert.deepStrictEqual(sent, [])
    }),
  )

  it.scoped("comes from the configuration: TILEDB_REST_WORKSPACE, unless code names another", () =>
    Effect.gen(function* () {
      const environment = ConfigProvider.fromMap(
        new Map([
          ["TILEDB_REST_TOKEN", key],
          ["TILEDB_REST_WORKSPACE", "engines"],
        ]),
      )
      const workspaceOf = (options?: TileDBClient.ConfigOptions) =>
        TileDBClient.TileDBClient.pipe(
          Effect.map(({ workspace }) => workspace),
          Effect.provide(TileDBClient.layerConfig(options)),
          Effect.provide(FetchHttpClient.layer),
          Effect.withConfigProvider(environment),
        )
      assert.strictEqual(yield* workspaceOf(), "engines")
      assert.strictEqual(yield* workspaceOf({ workspace: "pistons" }), "pistons")
      const config = yield* Effect.withConfigProvider(TileDBConfig.config, environment)
      const { client } = yield* world(named({}), config)
      assert.strictEqual(client.workspace, "engines")
      const { client: none } = yield* world(named({}), { workspace: Option.none() })
      assert.isUndefined(none.workspace)
    }),
  )
})
