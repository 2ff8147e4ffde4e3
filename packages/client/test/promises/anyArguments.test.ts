/** Arguments of any kind, as JavaScript or a cast may pass them: each ends in a typed error at its field, or is sent. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import {
  Credentials,
  Invitations,
  type Pages,
  RetryPolicy,
  TileDBClient,
  TileDBConfig,
  TileDBError,
  Tokens,
  Users,
  Workspaces,
} from "@effect-tiledb/client"
import type { Operation } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { inFull } from "../support/exhaustive.js"
import { id, workspaceId } from "../support/people.js"
import { usersOf } from "../support/users.js"

const throwing = () => {
  throw new Error("hunter22")
}

const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const wiped = () => {
  const secret = Redacted.make("hunter22")
  Redacted.unsafeWipe(secret)
  return secret
}

const cyclic = () => {
  const value: Record<string, unknown> = {}
  return Object.assign(value, { value, list: [value] })
}

/** Values that no schema is for. Each is made anew: one that is revoked or wiped stays so. */
const odd: ReadonlyArray<() => unknown> = [
  () => Object.create(null),
  () => Symbol("s"),
  () => 10n,
  () => Number.NaN,
  () => throwing,
  () => cyclic(),
  () => revoked({}),
  () => revoked([]),
  () => revoked(() => {}),
  () => new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }),
  () => new Proxy([], { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }),
  () => ({ toString: throwing, valueOf: throwing, toJSON: throwing, [Symbol.toPrimitive]: throwing }),
  () => ({
    get _tag() {
      return throwing()
    },
  }),
  () => wiped(),
  () => Redacted.make(Object.create(null)),
  () => Redacted.make("usr_x\ud800"),
  () => new Date(Number.NaN),
  () => "usr_x\ud800",
  () => "\udfff",
  () => "usr_\u2028",
  () => ({ length: -1, [Symbol.iterator]: throwing }),
]

const anything: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom(...odd),
  fc
    .anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true })
    .map((_) => () => _),
  fc.string({ unit: "binary" }).map((text) => () => text),
  fc.string({ unit: "binary" }).map((text) => () => `usr_${text}`),
  fc.string({ unit: "binary" }).map((text) => () => Redacted.make(text)),
)

/** An argument of any kind, or a good one with anything as one of its properties. */
const argument = (good: object): fc.Arbitrary<() => unknown> =>
  fc.oneof(
    anything,
    fc.tuple(fc.constantFrom(...Object.keys(good), "other", "__proto__", "toJSON"), anything, fc.boolean()).map(
      ([name, make, hidden]) =>
        () =>
          Object.defineProperty(
            { ...good },
            name,
            hidden ? { get: throwing, enumerable: true } : { value: make(), enumerable: true },
          ),
    ),
  )

const password = Redacted.make("correct horse")

type Call = (
  client: TileDBClient.Service,
  users: Users.Service,
  values: ReadonlyArray<unknown>,
) => Effect.Effect<unknown, TileDBError.TileDBError | Pages.Incomplete>

const services = Effect.all({ workspaces: Workspaces.make, invitations: Invitations.make, tokens: Tokens.make })

type Services = Effect.Effect.Success<typeof services>

type OfPeople = (services: Services, values: readonly [never, never, never]) => ReturnType<Call>

const people =
  (call: OfPeople): Call =>
  (client, _, values) =>
    Effect.flatMap(services, (of) => call(of, values as unknown as readonly [never, never, never])).pipe(
      Effect.provideService(TileDBClient.TileDBClient, client),
    )

const inWorkspace = { workspace: "engines" }
const paged = { ...inWorkspace, page: 1, per_page: 5, search: "ada" }
const typed = { type: "api", page: 1, per_page: 5 }

/** The operations, with good arguments and the names at which their issues are. */
const operations: Readonly<Record<string, readonly [call: Call, ...goods: ReadonlyArray<object>]>> = {
  changePassword: [
    (_, users, [a]) => users.changePassword(a as never),
    { current_password: password, new_password: password },
  ],
  confirmEmail: [(_, users, [a]) => users.confirmEmail(a as never), {}],
  createUser: [
    (_, users, [a]) => users.createUser(a as never),
    { username: "ada", email: "ada@example.com", password },
  ],
  deleteUser: [(_, users, [a]) => users.deleteUser(a as never), {}],
  getUser: [(_, users, [a]) => users.getUser(a as never), {}],
  requestEmailConfirmation: [
    (_, users, [a]) => users.requestEmailConfirmation(a as never),
    { username_or_email: "ada" },
  ],
  requestPasswordReset: [(_, users, [a]) => users.requestPasswordReset(a as never), { username_or_email: "ada" }],
  resetPassword: [(_, users, [a, b]) => users.resetPassword(a as never, b as never), {}, { new_password: password }],
  updateUser: [
    (_, users, [a, b]) => users.updateUser(a as never, b as never),
    {},
    { display_name: "Ada", timezone: "UTC" },
  ],
  createWorkspaceUsers: [
    people(({ workspaces }, [a, b]) => workspaces.createWorkspaceUsers(a, b)),
    [{ user_id: id, role: "member" }],
    inWorkspace,
  ],
  deleteWorkspaceUser: [people(({ workspaces }, [a, b]) => workspaces.deleteWorkspaceUser(a, b)), {}, inWorkspace],
  getWorkspace: [people(({ workspaces }, [a]) => workspaces.getWorkspace(a)), inWorkspace],
  getWorkspaceUser: [people(({ workspaces }, [a, b]) => workspaces.getWorkspaceUser(a, b)), {}, inWorkspace],
  updateWorkspaceUser: [
    people(({ workspaces }, [a, b, c]) => workspaces.updateWorkspaceUser(a, b, c)),
    {},
    { role: "admin" },
    inWorkspace,
  ],
  listWorkspaceUsers: [people(({ workspaces }, [a]) => workspaces.listWorkspaceUsers(a)), paged],
  allWorkspaceUsers: [people(({ workspaces }, [a]) => workspaces.allWorkspaceUsers(a)), paged],
  streamWorkspaceUsers: [people(({ workspaces }, [a]) => Stream.runDrain(workspaces.streamWorkspaceUsers(a))), paged],
  createInvitations: [
    people(({ invitations }, [a, b]) => invitations.createInvitations(a, b)),
    [{ invitee_email: "ada@example.com", prospective_role: "member" }],
    inWorkspace,
  ],
  revokeInvitation: [people(({ invitations }, [a, b]) => invitations.revokeInvitation(a, b)), {}, inWorkspace],
  listInvitations: [people(({ invitations }, [a]) => invitations.listInvitations(a)), paged],
  allInvitations: [people(({ invitations }, [a]) => invitations.allInvitations(a)), paged],
  streamInvitations: [people(({ invitations }, [a]) => Stream.runDrain(invitations.streamInvitations(a))), paged],
  createToken: [people(({ tokens }, [a]) => tokens.createToken(a)), { name: "n", scope: "*" }],
  revokeToken: [people(({ tokens }, [a]) => tokens.revokeToken(a)), {}],
  listTokens: [people(({ tokens }, [a]) => tokens.listTokens(a)), typed],
  allTokens: [people(({ tokens }, [a]) => tokens.allTokens(a)), typed],
  streamTokens: [people(({ tokens }, [a]) => Stream.runDrain(tokens.streamTokens(a))), typed],
  "under a credential": [
    (_, users, [a]) => Credentials.withCredentials(users.getSelfUser, a as never),
    { _tag: "Basic", username: "ada", password },
  ],
  "under a retry policy": [
    (_, users, [a]) => RetryPolicy.withRetryPolicy(users.getSelfUser, a as never),
    { ...RetryPolicy.none },
  ],
  "of another group": [
    ({ execute }, _, [path, query, request]) => TileDBClient.call(execute, listed, { path, query, request } as never),
    { workspace: "acme", key_id: 7 },
    { page: 1, search: "ada" },
    [{ user_id: "usr_1" }],
  ],
  "whose arguments are none": [({ execute }, _, [a]) => TileDBClient.call(execute, listed, a as never), { path: {} }],
}

const listed: Operation = {
  name: "listed",
  group: "Lists",
  method: "POST",
  path: "/lists/{workspace}/{key_id}",
  pathParameters: { workspace: Schema.String, key_id: Schema.NumberFromString },
  query: Schema.Struct({ page: Schema.optional(Schema.Number), search: Schema.optional(Schema.String) }),
  request: Schema.Array(Schema.Struct({ user_id: Schema.String })),
  successStatus: 204,
  subject: ["workspace", "key_id", "search"],
}

/** A client of a service that knows nothing, and how many requests it got. */
const world = Effect.gen(function* () {
  const state = { sent: 0 }
  const http = HttpClient.make((request) => {
    state.sent++
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 404 })))
  })
  const client = yield* Effect.provideService(
    TileDBClient.make({ retryPolicy: RetryPolicy.none, workspace: workspaceId }),
    HttpClient.HttpClient,
    http,
  )
  return { client, state, users: yield* usersOf(client) }
})

type World = Effect.Effect.Success<typeof world>

/** The error of the call, unless it was sent. */
const refusal = ({ client, state, users }: World, make: Call, values: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const before = state.sent
    const exit = yield* Effect.exit(make(client, users, values))
    assert(Exit.isFailure(exit), "there is a response, which is 404")
    const error = Cause.failureOrCause(exit.cause)
    assert(error._tag === "Left", `it dies: ${Cause.pretty(exit.cause)}`)
    if (error.left._tag !== "InvalidRequest") {
      assert.deepInclude(error.left, { _tag: "ApiError", status: 404 })
      return undefined
    }
    assert.strictEqual(state.sent, before)
    assert.isNotEmpty(error.left.issues)
    // Whatever is thrown by a getter of the caller may quote a secret.
    assert.notInclude(JSON.stringify(error.left) + error.left.message, "hunter22")
    return error.left
  })

describe("an argument of any kind is no defect", () => {
  for (const [name, [call, ...goods]] of Object.entries(operations)) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        const service = yield* world
        const cases = fc.sample(fc.tuple(...goods.map(argument)), { numRuns: inFull(3000, 120), seed: 2027 })
        for (const [index, makes] of cases.entries()) {
          // The runner hears of this process between two macrotasks only.
          if (index % 100 === 0) yield* Effect.promise(() => new Promise(setImmediate))
          yield* refusal(
            service,
            call,
            makes.map((make) => make()),
          )
        }
      }),
    )
  }

  for (const [index, make] of odd.entries()) {
    it.scoped(`value ${index} is refused at its field`, () =>
      Effect.gen(function* () {
        const service = yield* world
        for (const name of ["getUser", "deleteUser", "updateUser"]) {
          const [call] = operations[name] ?? assert.fail(name)
          const error = yield* refusal(service, call, [make(), {}])
          assert.deepStrictEqual(
            error?.issues.map(({ path }) => path),
            ["userId"],
            name,
          )
        }
        const [confirm] = operations.confirmEmail ?? assert.fail("none")
        assert.deepStrictEqual(
          (yield* refusal(service, confirm, [make()]))?.issues.map(({ path }) => path),
          ["token"],
        )
        for (const name of ["createUser", "changePassword"]) {
          const [call] = operations[name] ?? assert.fail(name)
          assert.isDefined(yield* refusal(service, call, [make()]), name)
        }
        const create = operations.createUser?.[0] ?? assert.fail("none")
        const error = yield* refusal(service, create, [{ username: make(), email: "ada@example.com", password }])
        if (typeof make() !== "string")
          assert.deepStrictEqual(
            error?.issues.map(({ path }) => path),
            ["username"],
          )
      }),
    )
  }
})

/** What is needed of a request: a name, an address and a password. */
const eve = { username: "eve", email: "eve@example.com", password }

describe("what resolveCreate is given", () => {
  it.scoped("is refused as createUser refuses it, or sent", () =>
    Effect.gen(function* () {
      const { state, users } = yield* world
      const resolve = (request: unknown, options?: unknown) =>
        Effect.provideService(Users.resolveCreate(request as never, options as never), Users.Users, users)
      const fields = [null, undefined, 7, [], {}].map((value) => () => value)
      for (const make of [...odd, ...fields]) {
        for (const found of [
          yield* resolve(make()),
          yield* resolve({ ...eve, email: make() }),
          yield* resolve(make(), { createAgain: false }),
        ]) {
          if (typeof make() === "string") continue
          assert(found._tag === "NotCreated" && found.error._tag === "InvalidRequest", String(found._tag))
          assert.notInclude(found.error.message, "hunter22")
        }
      }
      for (const options of [{ createAgain: "no" }, revoked({})]) {
        assert.strictEqual((yield* resolve(eve, options))._tag, "NotCreated")
      }
      for (const options of [{ createAgain: null }, null, undefined, 7]) {
        assert.strictEqual((yield* resolve(eve, options))._tag, "CannotTell")
      }
      assert.isAbove(state.sent, 0)
      // A getter is not read again once something was sent.
      const before = state.sent
      const once = {
        ...eve,
        get email() {
          return state.sent === before ? "eve@example.com" : throwing()
        },
      }
      assert.strictEqual((yield* resolve(once))._tag, "CannotTell")
    }),
  )
})

describe("options of any kind are no defect", () => {
  const names = ["baseUrl", "credentials", "retryPolicy", "retryBudget", "allowedOrigins", "maxBodyBytes", "decoding"]
  const more = ["workspace", "tracePropagation", "concurrency", "rateLimit", "pause", "caFile", "verifySsl"]
  const http = HttpClient.make(() => Effect.never)
  const checked = <R>(make: Effect.Effect<unknown, unknown, R>) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.provideService(make, HttpClient.HttpClient, http))
      if (Exit.isSuccess(exit)) return
      assert(Cause.isFailType(exit.cause), Cause.pretty(exit.cause))
      assert.notInclude(Cause.pretty(exit.cause), "hunter22")
    })

  it.effect("to a client, and to a configuration", () =>
    Effect.gen(function* () {
      for (const make of [...odd, () => null]) {
        yield* checked(Effect.scoped(TileDBClient.make(make() as never)))
        yield* checked(Effect.provide(Effect.void, TileDBClient.layerFetch(make() as never)))
        yield* checked(Effect.withConfigProvider(TileDBConfig.make(make() as never), ConfigProvider.fromMap(new Map())))
        for (const name of [...names, ...more]) {
          yield* checked(Effect.scoped(TileDBClient.make({ [name]: make() })))
          const given = { credentials: Credentials.anonymous, [name]: make() }
          yield* checked(Effect.provide(Effect.void, TileDBClient.layerConfig(given as TileDBClient.ConfigOptions)))
        }
      }
    }),
  )

  it("to what makes none of them at once", () => {
    for (const make of odd) {
      RetryPolicy.make(make() as never)
      Credentials.bearer(make() as never)
      Credentials.expiresAt(make() as never)
      assert.isFalse(TileDBError.isTileDBError(make()))
      if (typeof make() !== "string") assert.isTrue(Either.isLeft(TileDBConfig.baseUrlFromHost(make() as never)))
    }
  })
})
