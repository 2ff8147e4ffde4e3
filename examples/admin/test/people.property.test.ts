import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { TileDBClient } from "@effect-tiledb/client"
import type { UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { Api, groups } from "../src/Api.js"
import { settingsOf } from "../src/Bulk.js"
import { fold } from "../src/Columns.js"
import * as Embedded from "../src/Embedded.js"
import * as Change from "../src/people/Change.js"
import type { Listing } from "../src/people/Directory.js"
import * as Directory from "../src/people/Directory.js"
import { type Action, mostRemovals, removals, type Wanted } from "../src/people/Plan.js"
import * as Run from "../src/people/Run.js"
import { type Entry, Store } from "../src/Store.js"

const seeds = process.env.EXHAUSTIVE === undefined ? 100 : 1000
const baseUrl = "http://memory"
const roles = ["owner", "admin", "member", "member", "member"] as const
const name = (n: number) => `user-${n}`
const address = (n: number) => `${name(n)}@example.com`

const chance = (probability: number) => Effect.map(Random.next, (_) => _ < probability)
const pick = <A>(all: ReadonlyArray<A>) => Effect.map(Random.nextIntBetween(0, all.length), (n) => all[n] as A)

/** A service that protects nobody by itself, with a few things that nobody knows drawn at random. */
const world = Effect.gen(function* () {
  const count = yield* Random.nextIntBetween(1, 16)
  const users = []
  for (let n = 0; n < count; n++) users.push({ username: name(n), role: yield* pick(roles) })
  return {
    count,
    options: {
      users,
      seed: yield* Random.nextInt,
      policy: {
        people: {
          lastOwner: "free",
          oneself: "anybody",
          memberAgain: "ignored",
          invitedAgain: "sent",
          order: yield* pick(["created", "shuffled"] as const),
          greatestPage: yield* pick([3, 100]),
          aboveGreatest: yield* pick(["cut", "refused"] as const),
          removedMembers: yield* pick(["hidden", "listed"] as const),
          search: yield* pick(["substring", "prefix", "whole", "ignored"] as const),
        },
      },
    } satisfies Deployment.Options,
  }
})

/** A file: some of those who are there, most with their role, and some who are not. */
const file = (count: number) =>
  Effect.gen(function* () {
    const wanted: Array<Wanted> = []
    const add = (email: string, role: string) => Effect.sync(() => wanted.push({ email, role }))
    const deployment = yield* Deployment.Deployment
    if (yield* chance(0.8)) yield* add("OWNER@example.com", (yield* chance(0.9)) ? "owner" : "member")
    for (let n = 0; n < count; n++) {
      const user = yield* deployment.user(name(n))
      if (yield* chance(0.15)) continue
      const role = Option.match(user, { onNone: () => "member", onSome: (_) => _.role })
      yield* add(address(n), (yield* chance(0.8)) ? role : yield* pick(roles))
    }
    for (let n = 100; n < 104; n++) if (yield* chance(0.4)) yield* add(address(n), yield* pick(roles))
    return wanted
  })

const services = Effect.flatMap(TestUsers.makeClient(), (client) =>
  Effect.provideService(groups, TileDBClient.TileDBClient, client),
)

const api = Effect.map(services, (made) => ({ ...made, baseUrl, anonymous: false }))

const workspace = "main"

/** Changes one thing behind the plan's back; says whom it was about. */
const drift = (count: number, { members, invited }: Listing) =>
  Effect.gen(function* () {
    const { invitations, workspaces } = yield* services
    const deployment = yield* Deployment.Deployment
    const others = members.filter(({ user_id }) => user_id !== deployment.ownerId)
    const someone = others.length === 0 ? undefined : yield* pick(others)
    const kind = yield* pick(["role", "leaves", "invited", "joins", "revoked"] as const)
    if (kind === "role" && someone !== undefined) {
      const role = someone.role === "member" ? "admin" : "member"
      yield* workspaces.updateWorkspaceUser(someone.user_id, { role }, { workspace })
      return someone.email
    }
    if (kind === "leaves" && someone !== undefined) {
      yield* workspaces.deleteWorkspaceUser(someone.user_id, { workspace })
      return someone.email
    }
    if (kind === "revoked" && invited[0] !== undefined) {
      yield* invitations.revokeInvitation(invited[0].invitation_id, { workspace })
      return invited[0].invitee_email
    }
    if (kind === "joins") return (yield* deployment.add({ username: name(100) })).email
    const invitee_email = address(count + 50)
    yield* invitations.createInvitations([{ invitee_email, prospective_role: "member" }], { workspace })
    return invitee_email
  })

const stateOf = ({ invited, members }: Listing) =>
  new Map([
    ...members.map((_) => [fold(_.email), `member ${_.role}`] as const),
    ...invited.map((_) => [fold(_.invitee_email), `invited ${_.workspace_invitation?.prospective_role}`] as const),
  ])

const emailOf = ({ email }: Action) => fold(email)

interface Counts {
  refused: number
  done: number
  capped: number
  faulty: number
}

/** One seed: a world, a file, a plan, perhaps a drift, and what became of it. */
const once = (seed: number, counts: Counts) =>
  Effect.gen(function* () {
    const { count, options } = yield* world
    const work = Effect.gen(function* () {
      const store = yield* Store
      const { ownerId } = yield* Deployment.Deployment
      const { invitations } = yield* services
      const made = yield* api
      const call = Effect.provideService(Api, made)
      for (const n of [101, 102, 60]) {
        if (!(yield* chance(0.3))) continue
        const prospective_role = yield* pick(roles)
        yield* invitations.createInvitations([{ invitee_email: address(n), prospective_role }], { workspace })
      }
      const wanted = yield* file(count)
      const look = call(Effect.flatMap(Directory.space(workspace), Directory.listing))
      const before = yield* look
      const wishes = {
        workspace,
        remove: yield* chance(0.5),
        privileged: yield* chance(0.5),
        max_removals: (yield* chance(0.3)) ? 20 : null,
      }
      const planned = yield* Effect.either(call(Change.makePlan(wanted, wishes)))
      if (Either.isLeft(planned)) {
        assert.match(planned.left.message, /would be removed, at most|names nobody/)
        counts.capped++
        return
      }
      const { plan } = planned.right
      assert.isAtMost(removals(plan.actions), mostRemovals(before, wishes.max_removals))
      if (!wishes.remove) assert.isFalse(plan.actions.some(({ action }) => action === "remove" || action === "revoke"))

      const drifted = (yield* chance(0.4)) ? yield* drift(count, before) : undefined
      const middle = yield* look
      // Of whom the plan says that they stay otherwise than the file has it, it says so still.
      const named = new Set([...plan.actions, ...plan.same].map(({ email }) => fold(email)))
      const checked = yield* Effect.either(call(Change.check(plan)))
      const mustRefuse = drifted !== undefined && (wishes.remove || named.has(fold(drifted)))
      assert.strictEqual(Either.isLeft(checked), mustRefuse, Either.isLeft(checked) ? checked.left.message : "accepted")
      if (mustRefuse) {
        assert.deepStrictEqual(stateOf(yield* look), stateOf(middle))
        counts.refused++
        return
      }

      const faults = yield* Faults.Faults
      const faulty = yield* chance(0.3)
      if (faulty) {
        counts.faulty++
        yield* faults.install({ fault: Faults.reset("after"), probability: 0.1, seed })
        yield* faults.install({ fault: Faults.status(500, { when: "after" }), probability: 0.05, seed })
      }
      const settings = settingsOf({ concurrency: Option.some(4) })
      const about = { command: "apply", id: `seed-${seed}`, file: "plan.json", sha256: "", settings } as const
      const run = yield* Run.begin(store, about, { ...plan, actor: "owner" })
      const source = { path: "", sha256: "", content: Buffer.alloc(0) }
      yield* call(Embedded.carryOut(run, source, { tick: () => {} }))
      yield* faults.clear
      const told = yield* store.entries(run.id, 1, 1000, true)
      verify({
        after: yield* look,
        before: middle,
        notes: plan.notes,
        ownerId,
        plan: plan.actions,
        told,
        wanted,
        wishes,
      })
      if (!faulty)
        assert.deepStrictEqual(
          told.filter(({ state }) => state !== "invalid"),
          [],
        )
      counts.done++
    })
    yield* Effect.provide(work, Deployment.layer(options))
  }).pipe(
    Effect.withRandom(Random.make(`people ${seed}`)),
    Effect.annotateLogs("seed", seed),
    Effect.mapErrorCause((cause) => cause),
    Effect.tapErrorCause(() => Effect.sync(() => console.error(`seed ${seed}`))),
  )

interface Ended {
  readonly after: Listing
  readonly before: Listing
  readonly notes: ReadonlyArray<string>
  readonly ownerId: UserId
  readonly plan: ReadonlyArray<Action>
  readonly told: ReadonlyArray<Entry>
  readonly wanted: ReadonlyArray<Wanted>
  readonly wishes: { readonly remove: boolean }
}

const verify = ({ after, before, notes, ownerId, plan, told, wanted, wishes }: Ended) => {
  const [was, is] = [stateOf(before), stateOf(after)]
  const reported = [...notes, ...told.map(({ label, reason }) => `${label} ${reason}`)].map(fold)
  const isReported = (email: string) => reported.some((text) => text.includes(fold(email)))
  // As the file says, or reported.
  for (const { email, role } of wanted) {
    const state = is.get(fold(email))
    const holds = state === `member ${role}` || state === `invited ${role}`
    assert.isTrue(holds || isReported(email), `${email} should be ${role}, is ${state}, and nobody says so`)
  }
  if (wishes.remove) {
    const names = new Set(wanted.map(({ email }) => fold(email)))
    for (const email of is.keys()) assert.isTrue(names.has(email) || isReported(email), `${email} is still there`)
  }
  // Nothing outside of the plan is touched; never the caller, never the last owner.
  const touched = new Set(plan.map(emailOf))
  for (const [email, state] of was) if (!touched.has(email)) assert.strictEqual(is.get(email), state, email)
  for (const email of is.keys()) assert.isTrue(was.has(email) || touched.has(email), email)
  assert.isTrue(after.members.some(({ user_id }) => user_id === ownerId))
  assert.isTrue(after.members.some(({ role }) => role === "owner"))
  // What is reported as done is done.
  const open = new Map(told.map((_) => [_.row, _.state]))
  for (const [at, action] of plan.entries()) {
    const state = open.get(at + 1) ?? "done"
    const now = is.get(emailOf(action))
    const wantedState = { invite: `invited ${action.role}`, role: `member ${action.role}` }[action.action as "invite"]
    if (state === "done") assert.strictEqual(now, wantedState, `${action.action} ${action.email}`)
  }
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "admin-people-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true })),
)

describe("plan and apply", () => {
  it.scopedLive(
    `${seeds} seeds: as the file says or reported, nothing else touched, every drift refused`,
    () =>
      Effect.gen(function* () {
        const counts: Counts = { refused: 0, done: 0, capped: 0, faulty: 0 }
        const store = Embedded.layer(join(yield* folder, "state"))
        const all = Effect.forEach(
          Array.from({ length: seeds }, (_, n) => n),
          (seed) => once(seed, counts),
          {
            discard: true,
          },
        )
        yield* Effect.provide(all, store)
        for (const [name, count] of Object.entries(counts)) assert.isAbove(count, seeds / 50, name)
      }),
    900_000,
  )
})
