/** The services over the deployment in memory, with what nobody knows about it as it may be at its worst. */
import { assert, describe, it } from "@effect/vitest"
import { Credentials, Invitations, RetryPolicy, TileDBClient, Tokens, Workspaces } from "@effect-tiledb/client"
import { Deployment, Faults, Fixtures, Mailbox, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"

const services = Layer.mergeAll(Workspaces.layer, Invitations.layer, Tokens.layer)

const over = (options: Deployment.Options) =>
  services.pipe(
    Layer.provide(
      Layer.unwrapEffect(
        Effect.map(Deployment.Deployment, ({ apiKey }) =>
          TileDBClient.layer({
            credentials: Credentials.apiKey(apiKey),
            workspace: "main",
            retryPolicy: RetryPolicy.make({ baseDelay: 0 }),
          }),
        ),
      ),
    ),
    Layer.provideMerge(TestHttpClient.layer(options)),
  )

const users = Array.from({ length: 30 }, (_, index) => Fixtures.user(`user${index}`))

describe("over the deployment in memory", () => {
  it.effect("a complete listing has everybody who was there throughout, whatever the order, or fails", () =>
    Effect.gen(function* () {
      const counts = { complete: 0, failed: 0 }
      for (let seed = 0; seed < 24; seed++) {
        const order = (["created", "shuffled", "random"] as const)[seed % 3] ?? "created"
        const churn = [0, 0.05, 0.3][seed % 4] ?? 0.1
        yield* Effect.gen(function* () {
          const workspaces = yield* Workspaces.Workspaces
          // One response has all: who is in the one before and the one after was there all the time, as nobody returns.
          const now = Effect.map(
            workspaces.listWorkspaceUsers({ per_page: 100 }),
            ({ items }) => new Set(items.map(({ user_id }) => user_id)),
          )
          const before = yield* now
          const found = yield* Effect.either(workspaces.allWorkspaceUsers({ per_page: 7 }))
          const after = yield* now
          if (Either.isLeft(found)) {
            assert.strictEqual(found.left._tag, "Incomplete", `seed ${seed}`)
            counts.failed++
            return
          }
          counts.complete++
          const all = new Set(found.right.map(({ user_id }) => user_id))
          for (const id of before) if (after.has(id)) assert.isTrue(all.has(id), `seed ${seed}: ${id} is missing`)
        }).pipe(Effect.provide(over({ seed, users, policy: { people: { order, churn } } })))
      }
      assert.isAbove(counts.complete, 0)
      assert.isAbove(counts.failed, 0)
    }),
  )

  it.effect("somebody is invited, has a role, and goes; the response to the removal is lost", () =>
    Effect.gen(function* () {
      const workspaces = yield* Workspaces.Workspaces
      const invitations = yield* Invitations.Invitations
      const deployment = yield* Deployment.Deployment
      const [ada] = (yield* workspaces.allWorkspaceUsers()).filter(({ username }) => username === "ada")
      const id = ada?.user_id ?? assert.fail("nobody")
      yield* workspaces
        .deleteWorkspaceUser(id)
        .pipe(Faults.withFaults({ fault: Faults.reset("after"), operation: "Workspaces.deleteWorkspaceUser", nth: 1 }))
      const gone = yield* Effect.flip(workspaces.getWorkspaceUser(id))
      assert.strictEqual(gone._tag, "NotFound")
      yield* invitations.createInvitations([{ invitee_email: "ada@example.com", prospective_role: "admin" }])
      const { token } = yield* Mailbox.take({ kind: "invitation", to: "ada@example.com" })
      yield* deployment.answerInvitation(token, "accept")
      assert.strictEqual((yield* workspaces.getWorkspaceUser(id)).role, "admin")
      yield* workspaces.updateWorkspaceUser(id, { role: "member" })
      assert.strictEqual((yield* workspaces.getWorkspaceUser(id)).role, "member")
    }).pipe(Effect.provide(over({ users: [Fixtures.user("ada")] }))),
  )

  it.effect("without metadata nothing is complete", () =>
    Effect.gen(function* () {
      const workspaces = yield* Workspaces.Workspaces
      assert.deepInclude(yield* Effect.flip(workspaces.allWorkspaceUsers()), { reason: "NoMetadata" })
    }).pipe(Effect.provide(over({ policy: { people: { metadata: "absent" } } }))),
  )
})
