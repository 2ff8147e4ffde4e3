/** Each operation of the groups about people on the wire, written down from the API's documents. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import {
  type Answer,
  id,
  invitation,
  invitationId,
  member,
  pageOf,
  token,
  tokenId,
  type World,
  workspace,
  workspaceId,
  world,
} from "../support/people.js"

interface Row {
  readonly call: (world: World) => Effect.Effect<unknown, unknown>
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly answer: Answer
  /** What the caller gets of it, where it is not nothing. */
  readonly gives?: (value: unknown) => unknown
}

const ws = "ws_9m4e2mr0ui3e8a215n4g"
const usr = "usr_9m4e2mr0ui3e8a215n4g"
const done: Answer = { status: 204 }
const read = (json: unknown): Answer => ({ status: 200, json })

const emails = (value: unknown) =>
  (value as { items: ReadonlyArray<{ email: string }> }).items.map(({ email }) => email)

const rows: Readonly<Record<string, Row>> = {
  getWorkspace: {
    call: ({ workspaces }) => workspaces.getWorkspace(),
    method: "GET",
    path: `/workspaces/${ws}`,
    answer: read({ data: workspace }),
    gives: (value) => (value as typeof workspace).name === "engines",
  },
  listWorkspaceUsers: {
    call: ({ workspaces }) => workspaces.listWorkspaceUsers(),
    method: "GET",
    path: `/workspaceusers/${ws}`,
    answer: read(pageOf([member, { ...member, email: null, role: "guest" }])),
    gives: (value) => emails(value).join() === "ada@example.com,",
  },
  "listWorkspaceUsers with a query": {
    call: ({ workspaces }) =>
      workspaces.listWorkspaceUsers({ page: 2, per_page: 50, search: "a b&c@example.com", workspace: workspaceId }),
    method: "GET",
    path: `/workspaceusers/${ws}?page=2&per_page=50&search=a+b%26c%40example.com`,
    answer: read({ data: [member] }),
    gives: (value) => Object.keys(value as object).join() === "items",
  },
  getWorkspaceUser: {
    call: ({ workspaces }) => workspaces.getWorkspaceUser(id),
    method: "GET",
    path: `/workspaceusers/${ws}/${usr}`,
    answer: read({ data: member }),
    gives: (value) => (value as typeof member).role === "admin",
  },
  updateWorkspaceUser: {
    call: ({ workspaces }) => workspaces.updateWorkspaceUser(id, { role: "owner" }),
    method: "PATCH",
    path: `/workspaceusers/${ws}/${usr}`,
    body: { role: "owner" },
    answer: done,
  },
  deleteWorkspaceUser: {
    call: ({ workspaces }) => workspaces.deleteWorkspaceUser(id),
    method: "DELETE",
    path: `/workspaceusers/${ws}/${usr}`,
    answer: done,
  },
  createWorkspaceUsers: {
    call: ({ workspaces }) => workspaces.createWorkspaceUsers([{ user_id: id, role: "member" }]),
    method: "POST",
    path: `/workspaceusers/${ws}`,
    body: [{ user_id: usr, role: "member" }],
    answer: { status: 201, json: { data: [member] } },
    gives: (value) => emails({ items: value }).join() === "ada@example.com",
  },
  createInvitations: {
    call: ({ invitations }) =>
      invitations.createInvitations([
        { invitee_email: "grace@example.com", prospective_role: "member" },
        { invitee_email: "joan@example.com", prospective_role: "admin" },
      ]),
    method: "POST",
    path: `/invitations/admin/${ws}`,
    body: [
      { invitee_email: "grace@example.com", workspace_invitation: { workspace_id: ws, prospective_role: "member" } },
      { invitee_email: "joan@example.com", workspace_invitation: { workspace_id: ws, prospective_role: "admin" } },
    ],
    answer: { status: 201 },
  },
  listInvitations: {
    call: ({ invitations }) => invitations.listInvitations({ page: 1, per_page: 10 }),
    method: "GET",
    path: `/invitations/admin/${ws}?page=1&per_page=10`,
    answer: read(pageOf([invitation])),
    gives: (value) => JSON.stringify(value).includes('"invitee_email":"grace@example.com"'),
  },
  revokeInvitation: {
    call: ({ invitations }) => invitations.revokeInvitation(invitationId),
    method: "DELETE",
    path: `/invitations/admin/${ws}/inv_9m4e2mr0ui3e8a215n4g`,
    answer: done,
  },
  listTokens: {
    call: ({ tokens }) => tokens.listTokens({ type: "api", page: 3 }),
    method: "GET",
    path: "/tokens?type=api&page=3",
    answer: read(pageOf([token])),
    gives: (value) => !JSON.stringify(value).includes("live-key"),
  },
  createToken: {
    call: ({ tokens }) =>
      tokens.createToken({
        name: "nightly export",
        scope: "*",
        workspace_id: workspaceId,
        expires_at: DateTime.unsafeMake("2026-02-28T12:00:00Z"),
      }),
    method: "POST",
    path: "/tokens",
    body: { name: "nightly export", scope: "*", workspace_id: ws, expires_at: "2026-02-28T12:00:00.000Z" },
    answer: { status: 201, json: { data: token } },
    gives: (value) => Redacted.value((value as { api_key: Redacted.Redacted<string> }).api_key) === "tiledb_live-key",
  },
  revokeToken: {
    call: ({ tokens }) => tokens.revokeToken(tokenId),
    method: "DELETE",
    path: "/tokens/0af3-token",
    answer: done,
  },
}

describe("on the wire", () => {
  for (const [name, { answer, body, call, gives, method, path }] of Object.entries(rows)) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        const service = yield* world(() => answer)
        const value = yield* call(service)
        const { pathname, searchParams } = new URL(path, "https://api.tiledb.com")
        const [one, ...more] = service.sent
        const sent = new URL(one?.path ?? "", "https://api.tiledb.com")
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual([one?.method, sent.pathname, one?.body], [method, pathname, body])
        assert.deepStrictEqual([...sent.searchParams].sort(), [...searchParams].sort())
        assert.isTrue(gives === undefined ? value === undefined : gives(value), JSON.stringify(value))
      }),
    )
  }
})

const three = (item: (page: number) => object) => (sent: { readonly path: string }) => {
  const page = Number(new URL(sent.path, "https://api.tiledb.com").searchParams.get("page") ?? 1)
  return read(pageOf(page > 3 ? [] : [item(page)], page, 3))
}

const queries = ({ sent }: World) => sent.map(({ path }) => path.split("?")[1])

describe("the listings of a group", () => {
  const members = three((page) => ({ ...member, user_id: `usr_${page}` }))
  const invitations = three((page) => ({ ...invitation, invitation_id: `inv_${page}` }))
  const tokens = three((page) => ({ ...token, token_id: `t${page}` }))
  const collect = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

  it.scoped("are streams of all pages, from a page on", () =>
    Effect.gen(function* () {
      const one = yield* world(members)
      const ids = (yield* collect(one.workspaces.streamWorkspaceUsers({ per_page: 1 }))).map(({ user_id }) => user_id)
      assert.deepStrictEqual<ReadonlyArray<string>>(ids, ["usr_1", "usr_2", "usr_3"])
      assert.deepStrictEqual(queries(one), ["page=1&per_page=1", "page=2&per_page=1", "page=3&per_page=1"])
      const two = yield* world(invitations)
      assert.strictEqual((yield* collect(two.invitations.streamInvitations({ page: 2 }))).length, 2)
      assert.deepStrictEqual(queries(two), ["page=2", "page=3"])
      const three = yield* world(tokens)
      assert.strictEqual((yield* collect(three.tokens.streamTokens({ type: "session", page: 3 }))).length, 1)
      assert.deepStrictEqual(queries(three), ["page=3&type=session"])
    }),
  )

  it.scoped("are complete, or fail with what was listed", () =>
    Effect.gen(function* () {
      const one = yield* world(members)
      assert.strictEqual((yield* one.workspaces.allWorkspaceUsers({ search: "a" })).length, 3)
      assert.deepStrictEqual(queries(one).slice(0, 2), ["page=1&search=a", "page=2&search=a"])
      assert.strictEqual(one.sent.length, 6)
      assert.strictEqual((yield* (yield* world(invitations)).invitations.allInvitations()).length, 3)
      assert.strictEqual((yield* (yield* world(tokens)).tokens.allTokens({ type: "api" })).length, 3)
      const silent = yield* world(() => read({ data: [member] }))
      const error = yield* Effect.flip(silent.workspaces.allWorkspaceUsers())
      assert.deepInclude(error, { _tag: "Incomplete", reason: "NoMetadata", subject: { workspace: ws } })
      assert.match(error.message, new RegExp(`^listWorkspaceUsers: .* \\[workspace ${ws}\\]$`))
      for (const again of [
        Effect.flip(silent.invitations.allInvitations()),
        Effect.flip(silent.tokens.allTokens({ type: "api" })),
      ]) {
        assert.strictEqual((yield* again)._tag, "Incomplete")
      }
    }),
  )

  it.scoped("end where the service does not count pages, each of them", () =>
    Effect.gen(function* () {
      const stuck = (item: object) => world(() => read({ data: [item] }))
      const { workspaces } = yield* stuck(member)
      assert.strictEqual((yield* collect(workspaces.streamWorkspaceUsers())).length, 1)
      const { invitations } = yield* stuck(invitation)
      assert.strictEqual((yield* collect(invitations.streamInvitations({ page: 7 }))).length, 1)
      const { tokens } = yield* stuck(token)
      assert.strictEqual((yield* collect(tokens.streamTokens({ type: "api" }))).length, 1)
      const endless = yield* world(() => read(pageOf([member], 1, 1e9)))
      assert.strictEqual((yield* collect(endless.workspaces.streamWorkspaceUsers())).length, 1)
      assert.strictEqual((yield* Effect.flip(endless.workspaces.allWorkspaceUsers()))._tag, "Incomplete")
    }),
  )

  it.scoped("tell somebody who left and returned from somebody who stayed", () =>
    Effect.gen(function* () {
      const twice = [member, { ...member, created_at: "2026-02-01T12:00:00Z" }]
      const service = yield* world(() => read(pageOf(twice)))
      assert.strictEqual((yield* service.workspaces.allWorkspaceUsers()).length, 2)
      const nameless = yield* world(() => read(pageOf([{ ...member, user_id: "" }])))
      assert.deepInclude(yield* Effect.flip(nameless.workspaces.allWorkspaceUsers()), { found: 0, total: 1 })
    }),
  )
})
