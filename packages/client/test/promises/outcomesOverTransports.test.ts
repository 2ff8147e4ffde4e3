/**
 * Every error says whether it was done, and is right: status × phase × earlier attempt × ten operations × transports
 * (one by default), held against what the deployment holds afterwards.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBError, Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { type OperationName, Operations, type ScopedToken, type UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, Fixtures, Mailbox, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inFull } from "../support/exhaustive.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const old = Fixtures.password("ada")
const fresh = Redacted.make("a password that is new")

interface Ada {
  readonly id: UserId
  readonly confirm: ScopedToken
  readonly reset: ScopedToken
}

/** Each operation, called by ada, so that the deployment holds something else once it was done. */
const calls: {
  readonly [Name in OperationName]: (users: Users.Service, ada: Ada) => Effect.Effect<unknown, TileDBError.TileDBError>
} = {
  changePassword: (users) => users.changePassword({ current_password: old, new_password: fresh }),
  confirmEmail: (users, { confirm }) => users.confirmEmail(confirm),
  createUser: (users) => users.createUser({ username: "eve", email: "eve@example.com", password: fresh }),
  deleteUser: (users, { id }) => users.deleteUser(id),
  getSelfUser: (users) => users.getSelfUser,
  getUser: (users, { id }) => users.getUser(id),
  requestEmailConfirmation: (users) => users.requestEmailConfirmation({ username_or_email: "ada" }),
  requestPasswordReset: (users) => users.requestPasswordReset({ username_or_email: "ada" }),
  resetPassword: (users, { reset }) => users.resetPassword(reset, { new_password: fresh }),
  updateUser: (users, { id }) => users.updateUser(id, { display_name: "Countess" }),
}

const names = Object.keys(calls) as ReadonlyArray<OperationName>

const both = (make: (when: Faults.When) => Faults.Fault): ReadonlyArray<Faults.Fault> => [make("before"), make("after")]

/** What may come before the last attempt. Each as a proxy or the service does it: before the deed, or after it. */
const earlier: Readonly<Record<string, { readonly faults: ReadonlyArray<Faults.Fault>; readonly unknown: boolean }>> = {
  nothing: { faults: [], unknown: false },
  "a 429": { faults: [Faults.status(429)], unknown: false },
  "a connection that was lost": { faults: both(Faults.reset), unknown: true },
}

type Outcome = TileDBError.Outcome

interface Last {
  readonly faults: ReadonlyArray<Faults.Fault | undefined>
  /** What the error says where nothing came before. */
  readonly first: Outcome
  /** A refusal is taken at its word: from one that comes after the deed nobody could tell. */
  readonly lies?: true
  /** Only of operations that have an answer to read. */
  readonly answered?: true
}

const json = { "content-type": "application/json" }

/** The last attempt: what befalls it. */
const last: Readonly<Record<string, Last>> = {
  ...Object.fromEntries(
    [400, 401, 403, 409, 422, 429].map((status) => [
      status,
      { faults: [Faults.status(status)], first: "NotDone" as const },
    ]),
  ),
  "403 after the deed": { faults: [Faults.status(403, { when: "after" })], first: "NotDone", lies: true },
  "409 after the deed": { faults: [Faults.status(409, { when: "after" })], first: "NotDone", lies: true },
  "404 of a proxy": { faults: [Faults.html(404)], first: "NotDone" },
  "503 with Retry-After": { faults: [Faults.status(503, { retryAfter: "1 hour" })], first: "NotDone" },
  "503 with Retry-After on a proxy's page": {
    faults: both((when) =>
      Faults.answer({
        status: 503,
        headers: { "content-type": "text/html", "retry-after": "3600" },
        body: "<html>Backend fetch failed",
        when,
      }),
    ),
    first: "Unknown",
  },
  "JSON of something else": {
    faults: both((when) => Faults.answer({ status: 200, headers: json, body: '{"page":"Sign in"}', when })),
    first: "Unknown",
    answered: true,
  },
  "an answer that cannot be read": {
    faults: [Faults.answer({ status: 201, headers: json, body: '{"data":{"id":7}}', when: "after" })],
    first: "Done",
    answered: true,
  },
  ...Object.fromEntries(
    [408, 500, 502, 503, 504].map((status) => [
      status,
      { faults: both((when) => Faults.status(status, { when })), first: "Unknown" as const },
    ]),
  ),
  lost: { faults: [...both(Faults.reset), Faults.cutHead], first: "Unknown" },
  page: {
    faults: both((when) =>
      Faults.answer({ status: 200, headers: { "content-type": "text/html" }, body: "<html>", when }),
    ),
    first: "Unknown",
  },
  "nothing befalls it": { faults: [undefined], first: "NotDone" },
}

const policy = (attempts: number) => RetryPolicy.make({ attempts, baseDelay: 0, repeatUnsafe: true })

const over = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.unwrapEffect(
    Effect.map(TestServer.TestServer, ({ baseUrl }) =>
      usersLayer({
        baseUrl,
        credentials: Credentials.basic("ada", old),
        retryBudget: { capacity: 100_000, perSuccess: 1 },
      }),
    ),
  ).pipe(Layer.provide(transport), Layer.provideMerge(TestServer.layer({ users: [Fixtures.user("ada")] })))

/** Everything that any of the ten may change. */
const held = (signIn: Users.Service) =>
  Effect.gen(function* () {
    const deployment = yield* Deployment.Deployment
    const users = yield* deployment.users
    const old = yield* Effect.either(signIn.getSelfUser)
    return JSON.stringify([users, yield* Mailbox.count({}), Either.isRight(old)])
  })

const prepare = Effect.gen(function* () {
  const deployment = yield* Deployment.Deployment
  const owner = yield* TestUsers.make()
  yield* owner.requestEmailConfirmation({ username_or_email: "ada" })
  yield* owner.requestPasswordReset({ username_or_email: "ada" })
  const mail = (kind: Mailbox.Message["kind"]) =>
    Effect.map(
      Effect.flatMap(Mailbox.latest({ to: "ada", kind }), (found) => found),
      ({ token }) => token,
    )
  const { id } = Option.getOrThrow(yield* deployment.user("ada"))
  return { id, confirm: yield* mail("confirm_email"), reset: yield* mail("password_reset") }
})

const chosen = inFull(transports, { NodeTransport: NodeTransport.layer })

describe.each(Object.entries(chosen))("outcomes over %s", { timeout: 240_000 }, (_, transport) => {
  it.live("every error tells the truth, and Unknown only where it can be either", () =>
    Effect.gen(function* () {
      const ada = yield* prepare
      const deployment = yield* Deployment.Deployment
      const users = yield* Users.Users
      const signIn = yield* TestUsers.make({ credentials: Credentials.basic("ada", old) })
      const start = yield* deployment.snapshot
      const untouched = yield* held(signIn)
      const unknown = new Map<string, Set<boolean>>()
      const truths = new Map<string, Set<boolean>>()
      let errors = 0
      for (const name of names) {
        const reads = Operations[name].method === "GET"
        for (const [before, { faults: firsts, unknown: earlierUnknown }] of Object.entries(earlier)) {
          for (const [how, { answered, faults, first, lies }] of Object.entries(last)) {
            if (answered && Operations[name].success === null) continue
            for (const one of firsts.length === 0 ? [undefined] : firsts) {
              for (const fault of faults) {
                const rules = [
                  ...(one === undefined ? [] : [{ operation: name, fault: one, nth: 1 }]),
                  ...(fault === undefined ? [] : [{ operation: name, fault, nth: one === undefined ? 1 : 2 }]),
                ]
                const result = yield* Effect.either(calls[name](users, ada)).pipe(
                  Faults.withFaults(rules),
                  RetryPolicy.withRetryPolicy(policy(one === undefined ? 1 : 2)),
                )
                const done = (yield* held(signIn)) !== untouched
                yield* deployment.restore(start)
                const what = `${name}, after ${before}: ${how}`
                if (Either.isRight(result)) {
                  assert.strictEqual(done, !reads, what)
                  continue
                }
                errors += 1
                const error = result.left
                const { outcome } = error
                assert.strictEqual(outcome, earlierUnknown && first !== "Done" ? "Unknown" : first, what)
                assert.isTrue(
                  error._tag !== "InvalidRequest" && error.attempts.length === (one === undefined ? 1 : 2),
                  what,
                )
                if (outcome === "NotSent" || outcome === "NotDone")
                  assert.strictEqual(done, lies === true && !reads, what)
                if (outcome === "Done") assert.isTrue(done || reads, what)
                // What the caller sees: which error, after what.
                const seen = `${name} ${before} ${error._tag} ${"status" in error ? error.status : "lost"}`
                truths.set(seen, (truths.get(seen) ?? new Set()).add(done))
                if (outcome === "Unknown" && !reads) unknown.set(seen, truths.get(seen) ?? new Set())
              }
            }
          }
        }
      }
      for (const [seen, either] of unknown) assert.strictEqual(either.size, 2, `${seen} can be told`)
      assert.isAbove(errors, 800)
      assert.isAbove(unknown.size, 100)
    }).pipe(Effect.provide([over(transport), Logger.remove(Logger.defaultLogger)])),
  )
})
