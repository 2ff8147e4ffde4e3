import { assert, describe, it } from "@effect/vitest"
import { Deployment, Journal, Mailbox } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { call, namesOn, outcome, red, world } from "../support/people.js"

const zoe = "zoe@example.com"
const path = "/invitations/admin/red"

const to = (email: string, role = "member", workspace_id = "ws_red") => ({
  invitee_email: email,
  workspace_invitation: { workspace_id, prospective_role: role },
})

const invite = (list: unknown, caller = "bea") => outcome(caller, `POST ${path}`, list)
const listed = (caller = "bea", where = "red") =>
  Effect.map(call(caller, `GET /invitations/admin/${where}`), ({ data }) =>
    data.map(({ invitee_email }: { invitee_email: string }) => invitee_email),
  )
const sent = (to: string) =>
  Effect.flatMap(Mailbox.take({ to, kind: "invitation" }), ({ token }) => Effect.succeed(token))
const answer = (token: Redacted.Redacted<string>, how: "accept" | "reject") =>
  Effect.flatMap(Deployment.Deployment, (d) => d.answerInvitation(token, how))
const register = call({}, "POST /users", { username: "zoe", email: "Zoe@example.com", password: "pw-zoe" })

describe("an invitation", () => {
  it.effect("is sent to people with and without an account, and listed with who sent it and the role", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* invite([to(zoe, "admin"), to("eli@example.com")]), "201")
      assert.strictEqual((yield* call("bea", `POST ${path}`, [to("x@example.com")])).data, undefined)
      const { data, pagination } = yield* call("ann", `GET ${path}?per_page=2`)
      assert.deepStrictEqual(pagination, { page: 1, per_page: 2, total_pages: 2, total_items: 3 })
      const [first] = data
      assert.deepInclude(first, { invitee_email: zoe })
      assert.deepInclude(first.created_by, { display_name: "bea", email: "bea@example.com", workspace_role: "admin" })
      assert.deepStrictEqual(first.workspace_invitation, {
        ...{ workspace_id: "ws_red", name: "red", description: "Rot", prospective_role: "admin" },
      })
      assert.match(first.invitation_id, /^inv_[0-9a-v]{20}$/)
      assert.notProperty(first, "jwt")
      const { kind, to: recipient } = yield* Mailbox.take({ to: zoe })
      assert.deepStrictEqual([kind, recipient], ["invitation", { username: zoe, email: zoe }])
      assert.strictEqual((yield* Mailbox.take({ to: "eli" })).kind, "invitation")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is accepted with its token by who has registered with its address, once", () =>
    Effect.gen(function* () {
      yield* invite([to(zoe, "admin")])
      const token = yield* sent(zoe)
      const early = yield* Effect.flip(answer(token, "accept"))
      assert.instanceOf(early, Cause.NoSuchElementException)
      assert.include(early.message, "registered")
      yield* register
      yield* answer(token, "accept")
      assert.strictEqual(yield* namesOn("zoe"), "ann bea cem dan zoe")
      const { data } = yield* call("zoe", "GET /workspaceusers/red/{zoe}")
      assert.deepInclude(data, { role: "admin", added_by: (yield* call("bea", "GET /users/{bea}")).data.id })
      assert.deepStrictEqual(yield* listed(), [])
      assert.include((yield* Effect.flip(answer(token, "accept"))).message, "no open invitation")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is rejected with its token, by whoever has it, and changes nothing else", () =>
    Effect.gen(function* () {
      yield* invite([to(zoe)])
      const token = yield* sent(zoe)
      yield* answer(token, "reject")
      assert.deepStrictEqual(yield* listed(), [])
      yield* register
      yield* Effect.flip(answer(token, "accept"))
      assert.strictEqual(yield* outcome("zoe", "GET /workspaces/red"), "404")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is answered over the wire by the invited person alone, with its token, once", () =>
    Effect.gen(function* () {
      yield* invite([to("eli@example.com", "admin"), to("fay@example.com")])
      const [first, second] = (yield* call("bea", `GET ${path}`)).data
      const tokens = [Redacted.value(yield* sent("eli")), Redacted.value(yield* sent("fay"))]
      const respond = (caller: string, id: string, jwt: unknown, response: unknown = "accept") =>
        outcome(caller, `PATCH /invitations/${id}`, { jwt, response })
      assert.strictEqual(yield* respond("eli", first.invitation_id, tokens[1]), "404")
      assert.strictEqual(yield* respond("eli", "inv_nowhere", tokens[0]), "404")
      assert.strictEqual(yield* respond("bea", first.invitation_id, tokens[0]), "403")
      assert.strictEqual(yield* respond("eli", first.invitation_id, 1, "perhaps"), "400 jwt response")
      assert.strictEqual(yield* namesOn("ann"), "ann bea cem dan")
      assert.strictEqual(yield* respond("eli", first.invitation_id, tokens[0]), "204")
      assert.strictEqual(yield* respond("eli", first.invitation_id, tokens[0]), "404")
      assert.strictEqual(yield* respond("fay", second.invitation_id, tokens[1], "reject"), "204")
      assert.strictEqual(yield* namesOn("ann"), "ann bea cem dan eli")
      assert.deepStrictEqual(yield* listed(), [])
      const entries = yield* Effect.flatMap(Journal.Journal, (journal) =>
        journal.entries("Invitations.respondInvitation"),
      )
      assert.strictEqual(entries.length, 7)
      assert.notInclude(JSON.stringify(entries), String(tokens[0]))
    }).pipe(Effect.provide(world())),
  )

  it.effect("that somebody accepts who has joined meanwhile leaves the role", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const eli = yield* Effect.flatten(d.user("eli"))
      yield* invite([to("eli@example.com", "admin")])
      yield* call("ann", "POST /workspaceusers/red", [{ user_id: eli.id, role: "member" }])
      yield* answer(yield* sent("eli"), "accept")
      assert.strictEqual((yield* call("eli", "GET /workspaceusers/red/{eli}")).data.role, "member")
    }).pipe(Effect.provide(world())),
  )

  const revoked = (people: Parameters<typeof world>[0]) =>
    Effect.gen(function* () {
      yield* invite([to(zoe)])
      const [{ invitation_id }] = (yield* call("bea", `GET ${path}`)).data
      const first = yield* outcome("ann", `DELETE ${path}/${invitation_id}`)
      const dead = (yield* Effect.flip(answer(yield* sent(zoe), "reject"))).message
      assert.include(dead, "no open invitation")
      const again = yield* call("ann", `DELETE ${path}/${invitation_id}`)
      return [first, again.code ?? again.status, yield* listed()]
    }).pipe(Effect.provide(world(people)))

  it.effect("is revoked once; what a second time gives, and whether it stays listed, the policy says", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* revoked({}), ["204", 10409, []])
      assert.deepStrictEqual(yield* revoked({ revokeUnknown: 204, answered: "listed" }), ["204", 204, [zoe]])
    }),
  )

  it.effect("is for admins, one that makes an owner for owners, and the others' are listed or not", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* invite([to(zoe)], "cem"), "403 0.workspace_invitation.prospective_role")
      assert.strictEqual(yield* invite([to(zoe, "owner")], "bea"), "403 0.workspace_invitation.prospective_role")
      assert.strictEqual(yield* invite([to(zoe, "amdin")], "ann"), "400 0.workspace_invitation.prospective_role")
      assert.strictEqual(yield* invite([to(zoe, "owner")], "ann"), "201")
      assert.strictEqual(yield* outcome("cem", `GET ${path}`), "403")
      assert.strictEqual(yield* outcome("cem", `DELETE ${path}/inv_1`), "403")
      assert.deepStrictEqual([yield* listed("ann"), yield* listed("bea")], [[zoe], []])
    }).pipe(Effect.provide(world({ invitationsOf: "oneself" }))),
  )
})

describe("a list of invitations", () => {
  const blue = { name: "blue", id: "ws_blue", owner: "bea" }
  const mixed = (people: Parameters<typeof world>[0], caller = "bea") =>
    Effect.gen(function* () {
      yield* invite([to(zoe)])
      const status = yield* invite(
        [to("Zoe@example.com"), to("cem@example.com"), to("nowhere"), to("x@a.org"), to("X@a.org"), to("y@a.org")],
        caller,
      )
      return [status, (yield* listed()).slice(1).join(" "), yield* Mailbox.count({ kind: "invitation" })]
    }).pipe(Effect.provide(world(people)))

  it.effect("is sent as a whole or not at all, or without the bad ones, and duplicates are as the policy says", () =>
    Effect.gen(function* () {
      const fields = (...bad: ReadonlyArray<number>) => bad.map((index) => ` ${index}.invitee_email`).join("")
      assert.deepStrictEqual(yield* mixed({}), [`409${fields(0, 1, 2, 4)}`, "", 1])
      assert.deepStrictEqual(yield* mixed({ lists: "each" }), ["201", "x@a.org y@a.org", 3])
      const lax = { memberAgain: "ignored", invitedAgain: "ignored" } as const
      assert.deepStrictEqual(yield* mixed(lax), [`400${fields(2)}`, "", 1])
      assert.deepStrictEqual(yield* mixed({ ...lax, lists: "each" }), ["201", "x@a.org y@a.org", 3])
      const sent = { lists: "each", invitedAgain: "sent" } as const
      assert.deepStrictEqual(yield* mixed(sent), ["201", "Zoe@example.com x@a.org X@a.org y@a.org", 5])
    }),
  )

  it.effect("with another workspace in the body, or none, is as the policy says", () =>
    Effect.gen(function* () {
      const send = (people: Parameters<typeof world>[0], one: unknown, caller = "bea") =>
        Effect.gen(function* () {
          const status = yield* invite([one], caller)
          return [status, (yield* listed("bea")).length, (yield* listed("bea", "blue")).length]
        }).pipe(Effect.provide(world(people, { workspaces: [red, blue] })))
      const other = to(zoe, "owner", "ws_blue")
      const where = "0.workspace_invitation.workspace_id"
      assert.deepStrictEqual(yield* send({}, other), [`400 ${where}`, 0, 0])
      assert.deepStrictEqual(yield* send({ invitationElsewhere: "path" }, to(zoe, "admin", "ws_blue")), ["201", 1, 0])
      assert.deepStrictEqual(yield* send({ invitationElsewhere: "body" }, other), ["201", 0, 1])
      assert.deepStrictEqual(yield* send({ invitationElsewhere: "body" }, to(zoe, "owner", "ws_no")), [
        `400 ${where}`,
        0,
        0,
      ])
      const foreign = yield* send({ invitationElsewhere: "body" }, other, "ann")
      assert.deepStrictEqual(foreign, ["403 0.workspace_invitation.prospective_role", 0, 0])
      const bare = { invitee_email: zoe }
      assert.deepStrictEqual(yield* send({}, bare), ["201", 1, 0])
      assert.deepStrictEqual(yield* send({ invitationNowhere: "refused" }, bare), ["400 0.workspace_invitation", 0, 0])
    }),
  )

  const whoLeaves = (people: Parameters<typeof world>[0]) =>
    Effect.gen(function* () {
      yield* invite([to(zoe)])
      yield* call("ann", "DELETE /workspaceusers/red/{bea}")
      return yield* listed("ann")
    }).pipe(Effect.provide(world(people)))

  it.effect("outlives who sent it, or not, as the policy says", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* whoLeaves({}), [zoe])
      assert.deepStrictEqual(yield* whoLeaves({ removedInvitations: "revoked" }), [])
    }),
  )
})
