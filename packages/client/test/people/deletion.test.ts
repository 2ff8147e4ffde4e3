/** What a 404 proves of a deletion, and what becomes of what must not be repeated. */
import { assert, describe, it } from "@effect/vitest"
import type { TileDBError } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  type Answer,
  id,
  invitation,
  invitationId,
  member,
  notFound,
  pageOf,
  type Sent,
  token,
  tokenId,
  type World,
  workspaceId,
  world,
} from "../support/people.js"

type Call = (world: World) => Effect.Effect<unknown, TileDBError.TileDBError>

interface Deletion {
  readonly call: Call
  /** What is read to see what a 404 was about. */
  readonly listing: RegExp
  readonly item: object
  readonly about: Readonly<Record<string, string>>
  readonly text: string
}

const deletions: Readonly<Record<string, Deletion>> = {
  deleteWorkspaceUser: {
    call: ({ workspaces }) => workspaces.deleteWorkspaceUser(id),
    listing: /^\/workspaceusers\/ws_\w+\?per_page=1$/,
    item: member,
    about: { workspace: workspaceId, userId: id },
    text: `${workspaceId}, ${id}`,
  },
  revokeInvitation: {
    call: ({ invitations }) => invitations.revokeInvitation(invitationId),
    listing: /^\/invitations\/admin\/ws_\w+\?per_page=1$/,
    item: invitation,
    about: { workspace: workspaceId, invitationId },
    text: `${workspaceId}, ${invitationId}`,
  },
  revokeToken: {
    call: ({ tokens }) => tokens.revokeToken(tokenId),
    listing: /^\/tokens\?(?:type=api&per_page=1|per_page=1&type=api)$/,
    item: token,
    about: { tokenId },
    text: `tokenId ${tokenId}`,
  },
}

/** A service that loses its first response to a deletion, and responds to all others with 404. */
const losing =
  (list: Answer) =>
  ({ method }: Sent, number: number): Answer =>
    number === 1 ? "lost" : method === "DELETE" ? notFound : list

describe("a deletion", () => {
  for (const [name, { about, call, item, listing, text }] of Object.entries(deletions)) {
    it.scoped(`${name}: the first 404 says that nothing was done, and names what it was about`, () =>
      Effect.gen(function* () {
        const service = yield* world(() => notFound)
        const error = yield* Effect.flip(call(service))
        assert.deepInclude(error, { _tag: "NotFound", operation: name, outcome: "NotDone", subject: about })
        assert.include(error.message, `[request req_1, ${text}, `)
        assert.strictEqual(service.sent.length, 1)
      }),
    )

    it.scoped(`${name}: a 404 after a lost response is a success if what it was part of can be read`, () =>
      Effect.gen(function* () {
        const service = yield* world(losing({ status: 200, json: pageOf([item]) }))
        yield* call(service)
        assert.deepStrictEqual(
          service.sent.map(({ method }) => method),
          ["DELETE", "DELETE", "GET"],
        )
        assert.match(service.sent[2]?.path ?? "", listing)
      }),
    )

    for (const [what, answer] of [
      ["there is no such workspace, or no such path", notFound],
      ["it may not be read", { status: 403 }],
      ["the service has gone", "lost"],
    ] as ReadonlyArray<readonly [string, Answer]>) {
      it.scoped(`${name}: and it is none if ${what}`, () =>
        Effect.gen(function* () {
          const service = yield* world(losing(answer))
          const error = yield* Effect.flip(call(service))
          assert.deepInclude(error, { _tag: "NotFound", operation: name, outcome: "Unknown" })
          assert.include(error.message, "it may have taken effect: check")
        }),
      )
    }

    it.scoped(`${name}: another error stays what it is`, () =>
      Effect.gen(function* () {
        const refused = yield* world((_, number) => (number === 1 ? "lost" : { status: 403 }))
        assert.deepInclude(yield* Effect.flip(call(refused)), { _tag: "ApiError", outcome: "Unknown" })
        assert.strictEqual(refused.sent.length, 2)
        // A 404 that is not the service's own is that of any server, to any path.
        const other = yield* world(({ method }, number) =>
          number === 1 ? "lost" : method === "DELETE" ? { status: 404 } : { status: 200, json: pageOf([item]) },
        )
        assert.deepInclude(yield* Effect.flip(call(other)), { _tag: "ApiError", outcome: "Unknown" })
      }),
    )
  }
})

interface Creation {
  readonly call: Call
  readonly look: string
  readonly about: Readonly<Record<string, string>>
}

const creations: Readonly<Record<string, Creation>> = {
  createInvitations: {
    call: ({ invitations }) =>
      invitations.createInvitations([{ invitee_email: "grace@example.com", prospective_role: "member" }]),
    look: "check with listInvitations (by address and time) before you retry",
    about: { workspace: workspaceId },
  },
  createToken: {
    call: ({ tokens }) => tokens.createToken({ name: "nightly export", scope: "*" }),
    look: "check with listTokens (by name) before you retry",
    about: { name: "nightly export" },
  },
  createWorkspaceUsers: {
    call: ({ workspaces }) => workspaces.createWorkspaceUsers([{ user_id: id, role: "member" }]),
    look: "check with listWorkspaceUsers before you retry",
    about: { workspace: workspaceId },
  },
}

describe("a creation", () => {
  for (const [name, { about, call, look }] of Object.entries(creations)) {
    for (const [what, answer] of [
      ["a lost response", "lost"],
      ["a 500", { status: 500 }],
      ["a 503", { status: 503 }],
    ] as ReadonlyArray<readonly [string, Answer]>) {
      it.scoped(`${name} is not repeated after ${what}, and says where to look`, () =>
        Effect.gen(function* () {
          const service = yield* world(() => answer)
          const error = yield* Effect.flip(call(service))
          assert.strictEqual(service.sent.length, 1)
          assert.deepInclude(error, { operation: name, outcome: "Unknown", stopped: "NotRepeatable", subject: about })
          assert.include(error.message, look)
          assert.notInclude(error.message + JSON.stringify(error), "grace")
        }),
      )
    }

    it.scoped(`${name} is repeated where nothing was done, and says nothing of looking`, () =>
      Effect.gen(function* () {
        const service = yield* world((_, number) => (number === 1 ? { status: 429 } : { status: 400 }))
        const error = yield* Effect.flip(call(service))
        assert.strictEqual(service.sent.length, 2)
        assert.deepInclude(error, { outcome: "NotDone" })
        assert.notInclude(error.message, "check with")
      }),
    )
  }

  it.scoped("createWorkspaceUsers: a list in a 201 that cannot be read was done", () =>
    Effect.gen(function* () {
      const { workspaces } = yield* world(() => ({ status: 201, json: { data: [{ ...member, email: 7 }] } }))
      const error = yield* Effect.flip(workspaces.createWorkspaceUsers([{ user_id: id, role: "member" }]))
      assert.deepInclude(error, {
        _tag: "DecodeError",
        outcome: "Done",
        issues: [{ path: "data[0].email", message: "should be a string" }],
      })
      const { tokens } = yield* world(() => ({ status: 201, json: { data: { ...token, name: 7 } } }))
      const made = yield* Effect.flip(tokens.createToken({ scope: "*" }))
      assert.deepInclude(made, { _tag: "DecodeError", outcome: "Done" })
      assert.notInclude(JSON.stringify(made), "live-key")
    }),
  )
})

describe("an argument that is none", () => {
  const throwing = () => {
    throw new Error("hunter22")
  }
  const odd: ReadonlyArray<unknown> = [
    null,
    7,
    "engines",
    [null],
    [{ email: "grace@example.com" }],
    [{ invitee_email: "grace@example.com", prospective_role: "member", note: "hunter22" }],
    new Proxy([], { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }),
    new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }),
  ]
  const calls: Readonly<
    Record<string, (world: World, value: never) => Effect.Effect<unknown, { readonly _tag: string }>>
  > = {
    createInvitations: ({ invitations }, value) => invitations.createInvitations(value),
    createToken: ({ tokens }, value) => tokens.createToken(value),
    createWorkspaceUsers: ({ workspaces }, value) => workspaces.createWorkspaceUsers(value),
    deleteWorkspaceUser: ({ workspaces }, value) => workspaces.deleteWorkspaceUser(value),
    listTokens: ({ tokens }, value) => tokens.listTokens(value),
    allTokens: ({ tokens }, value) => tokens.allTokens(value),
    revokeToken: ({ tokens }, value) => tokens.revokeToken(value),
    revokeInvitation: ({ invitations }, value) => invitations.revokeInvitation(value),
    updateWorkspaceUser: ({ workspaces }, value) => workspaces.updateWorkspaceUser(id, value),
  }
  for (const [name, call] of Object.entries(calls)) {
    it.scoped(`is refused by ${name}, without its values`, () =>
      Effect.gen(function* () {
        const service = yield* world(() => ({ status: 200, json: pageOf([]) }))
        for (const value of odd) {
          if (/^(?:delete|revoke)/.test(name) && typeof value !== "object" && value !== 7) continue
          const error = yield* Effect.flip(call(service, value as never))
          assert.strictEqual(error._tag, "InvalidRequest")
          assert.notMatch(JSON.stringify(error), /hunter22|grace/)
        }
        assert.deepStrictEqual(service.sent, [])
      }),
    )
  }

  it.scoped("is refused by the listings of a workspace too, also as a stream", () =>
    Effect.gen(function* () {
      const { invitations, sent, workspaces } = yield* world(() => ({ status: 200, json: pageOf([]) }))
      for (const given of [7, "engines", { serach: "grace@example.com" }, odd.at(-1)]) {
        const value = given as never
        for (const call of [
          workspaces.listWorkspaceUsers(value),
          workspaces.allWorkspaceUsers(value),
          Stream.runDrain(workspaces.streamWorkspaceUsers(value)),
          invitations.listInvitations(value),
        ] as ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>>) {
          const error = yield* Effect.flip(call)
          assert.strictEqual(error._tag, "InvalidRequest")
          assert.notMatch(JSON.stringify(error), /hunter22|grace/)
        }
      }
      assert.deepStrictEqual(sent, [])
    }),
  )
})
