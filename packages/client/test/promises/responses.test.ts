import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { type TileDBClient, TileDBError, type Users } from "@effect-tiledb/client"
import { missingFields, UserId, unknownFields } from "@effect-tiledb/schema"
import { Effect, Either, HashMap, Logger, LogLevel, Option, Redacted, Tracer } from "effect"
import { makeUsers } from "../support/users.js"

const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada",
  email: "ada@example.com",
  role: "owner",
  username: "ada",
  timezone: "Europe/Athens",
  created_at: "2026-01-31T12:00:00Z",
}

const member = { ...user, user_id: user.id, added_by: user.id }

const workspace = {
  workspace_id: "ws_1",
  name: "engines",
  created_by: member,
  self: member,
  created_at: user.created_at,
}

/** The service over an `HttpClient` that answers everything with this, and what it logs and traces. */
const answering = (data: unknown, options: TileDBClient.Options = {}) =>
  Effect.gen(function* () {
    const logs: Array<{ readonly level: string; readonly message: string; readonly operation: unknown }> = []
    const spans: Array<Tracer.Span> = []
    const bodies: Array<unknown> = []
    const client = HttpClient.make((request) => {
      if (request.body._tag === "Uint8Array") bodies.push(JSON.parse(new TextDecoder().decode(request.body.body)))
      return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({ data })))
    })
    const users = yield* Effect.provideService(makeUsers(options), HttpClient.HttpClient, client)
    const tracer = Effect.map(Effect.tracer, (tracer) =>
      Tracer.make({
        ...tracer,
        span: (...args) => {
          const span = tracer.span(...args)
          spans.push(span)
          return span
        },
        context: (f, fiber) => tracer.context(f, fiber),
      }),
    )
    const logger = Logger.make(({ annotations, logLevel, message }) => {
      const operation = Option.getOrUndefined(HashMap.get(annotations, "tiledb.operation"))
      // The line with which every call ends at debug is not the point here.
      if (String(message).includes("after it began")) return
      logs.push({ level: logLevel._tag, message: String(message), operation })
    })
    const run = <A, E>(call: (users: Users.Service) => Effect.Effect<A, E>) =>
      Effect.flatMap(tracer, (tracer) =>
        Effect.either(call(users)).pipe(
          Effect.withTracer(tracer),
          Logger.withMinimumLogLevel(LogLevel.Debug),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        ),
      )
    return { run, logs, spans, bodies }
  })

const request = { email: "ada@example.com", username: "ada", password: Redacted.make("correct horse") }

describe("an answer that is not as documented", () => {
  it.effect("createUser gives the new user's id, whatever else the answer lacks", () =>
    Effect.gen(function* () {
      for (const data of [
        { ...user, id: "usr_short" },
        { ...user, timezone: null },
        { ...user, created_at: "", updated_at: "2025-02-29T00:00:00Z" },
        { id: "0190f5c6-7b1e-7cc2-a8b5-0c5a6b7d8e9f" },
      ]) {
        const { run } = yield* answering(data)
        const created = Either.getOrThrow(yield* run((_) => _.createUser(request)))
        assert.strictEqual(created.id, data.id)
      }
    }).pipe(Effect.scoped),
  )

  it.effect("getSelfUser does not fail over a workspace", () =>
    Effect.gen(function* () {
      for (const workspaces of [
        null,
        undefined,
        [{ ...workspace, created_by: null }],
        [{ ...workspace, created_by: { ...member, user_id: "" } }],
        [{ ...workspace, created_by: { ...member, user_id: "system" } }],
        [{ ...workspace, self: { ...member, added_by: null } }],
        [{ ...workspace, self: { ...member, added_by: undefined } }],
        [{ ...workspace, updated_at: "" }],
      ]) {
        const { run } = yield* answering({ user, workspaces })
        const self = Either.getOrThrow(yield* run((_) => _.getSelfUser))
        assert.strictEqual(self.user.username, "ada")
        assert.strictEqual(self.workspaces.length, workspaces?.length ?? 0)
      }
    }).pipe(Effect.scoped),
  )

  it.effect("is told once a call, by path, at debug and on the span; the values are not", () =>
    Effect.gen(function* () {
      const { logs, run, spans } = yield* answering({ ...user, timezone: null, updated_at: "canary-77ab" })
      const read = Either.getOrThrow(yield* run((_) => _.getUser(UserId.make(user.id))))
      assert.deepStrictEqual(missingFields(read), ["timezone"])
      assert.deepStrictEqual(logs, [
        {
          level: "Debug",
          operation: "getUser",
          message:
            "getUser: the response is not as documented: data.timezone should be a string; data.updated_at should be an RFC 3339 time such as 2026-01-31T12:00:00Z",
        },
      ])
      assert.deepStrictEqual(
        spans.map((span) => [span.name, span.attributes.get("tiledb.response.malformed")]),
        [
          ["Users.getUser", ["data.timezone", "data.updated_at"]],
          ["GET /v4/users/{user_id}", undefined],
        ],
      )
      assert.notInclude(JSON.stringify(logs), "canary-77ab")
    }).pipe(Effect.scoped),
  )

  it.effect("says nothing of an answer that is as documented, nor of roles and properties of later versions", () =>
    Effect.gen(function* () {
      const { logs, run, spans } = yield* answering({ ...user, role: "viewer", plan: { seats: 3 } })
      const read = Either.getOrThrow(yield* run((_) => _.getUser(UserId.make(user.id))))
      assert.strictEqual(read.role, "viewer")
      assert.deepStrictEqual(unknownFields(read), { plan: { seats: 3 } })
      assert.deepStrictEqual(logs, [])
      assert.isFalse(spans.some((span) => span.attributes.has("tiledb.response.malformed")))
    }).pipe(Effect.scoped),
  )

  it.effect("without an id is a DecodeError", () =>
    Effect.gen(function* () {
      const { run } = yield* answering({ ...user, id: "" })
      const error = Either.getOrThrow(Either.flip(yield* run((_) => _.createUser(request))))
      assert.instanceOf(error, TileDBError.DecodeError)
      assert.deepStrictEqual(error.issues, [{ path: "data.id", message: "should be a string that is not empty" }])
    }).pipe(Effect.scoped),
  )

  it.effect("about another user than the requested one is a DecodeError", () =>
    Effect.gen(function* () {
      const { run } = yield* answering({ ...user, id: "usr_B" })
      const error = Either.getOrThrow(Either.flip(yield* run((_) => _.getUser(UserId.make(user.id)))))
      assert.instanceOf(error, TileDBError.DecodeError)
      assert.strictEqual(error.userId, user.id)
      assert.include(error.message, "unexpected response: 200, but data is not the one requested")
      assert.isTrue(Either.isRight(yield* run((_) => _.getUser(UserId.make("usr_B")))))
    }).pipe(Effect.scoped),
  )

  it.effect("with something else where nothing is optional is a DecodeError, by path", () =>
    Effect.gen(function* () {
      for (const [changes, path] of [
        [{ email: 1 }, "data.email"],
        [{ created_at: "2025-02-29T00:00:00Z" }, "data.created_at"],
      ] as const) {
        const { run } = yield* answering({ ...user, ...changes })
        const error = Either.getOrThrow(Either.flip(yield* run((_) => _.createUser(request))))
        assert.instanceOf(error, TileDBError.DecodeError)
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path),
          [path],
        )
      }
    }).pipe(Effect.scoped),
  )

  it.effect("fails where decoding is strict, and so does a property of a later version", () =>
    Effect.gen(function* () {
      const { run } = yield* answering(
        { ...user, timezone: null, plan: 1, "\u001b[31mcorrect horse": 1 },
        {
          decoding: "strict",
        },
      )
      const error = Either.getOrThrow(Either.flip(yield* run((_) => _.createUser(request))))
      assert.instanceOf(error, TileDBError.DecodeError)
      const [timezone, plan, other] = error.issues
      assert.deepStrictEqual(timezone, { path: "data.timezone", message: "should be a string" })
      assert.deepStrictEqual(plan, { path: "data.plan", message: "is not documented" })
      assert.notInclude(JSON.stringify(error), "correct horse")
      assert.notInclude(other?.path ?? "", "\u001b")
      const fine = yield* answering({ ...user, role: "viewer" }, { decoding: "strict" })
      assert.isTrue(Either.isRight(yield* fine.run((_) => _.createUser(request))))
    }).pipe(Effect.scoped),
  )
})

describe("a request as people write it", () => {
  it.effect("undefined is left out, a copy of a user is what can be updated of it", () =>
    Effect.gen(function* () {
      const { bodies, run } = yield* answering(user)
      const me = Either.getOrThrow(yield* run((_) => _.getUser(UserId.make(user.id))))
      yield* run((_) => _.updateUser(me.id, { ...me, display_name: "Countess" }))
      yield* run((_) => _.updateUser(me.id, { display_name: undefined, timezone: "UTC" }))
      yield* run((_) => _.createUser({ ...request, timezone: undefined }))
      assert.deepStrictEqual(bodies, [
        { display_name: "Countess", email: "ada@example.com", timezone: "Europe/Athens" },
        { timezone: "UTC" },
        { email: "ada@example.com", username: "ada", password: "correct horse" },
      ])
    }).pipe(Effect.scoped),
  )

  it.effect("what an answer did not have is not sent back as an empty text", () =>
    Effect.gen(function* () {
      const { bodies, run } = yield* answering({ id: user.id, display_name: "Ada" })
      const me = Either.getOrThrow(yield* run((_) => _.getUser(UserId.make(user.id))))
      assert.strictEqual(me.email, "")
      yield* run((_) => _.updateUser(me.id, { ...me, display_name: "Countess" }))
      assert.deepStrictEqual(bodies, [{ display_name: "Countess" }])
    }).pipe(Effect.scoped),
  )

  it.effect("what it should be is said in words that can be written down", () =>
    Effect.gen(function* () {
      const { run } = yield* answering(user)
      const id = UserId.make(user.id)
      // What the types forbid, JavaScript does all the same.
      const said = (call: (users: Users.Service) => Effect.Effect<unknown, { readonly message: string }>) =>
        Effect.map(run(call), (result) => (Either.isLeft(result) ? result.left.message : "it was sent"))
      const wrong = (value: unknown) => ({ display_name: value }) as { readonly display_name: string }
      for (const value of [42, null, {}]) {
        assert.strictEqual(
          yield* said((_) => _.updateUser(id, wrong(value))),
          "updateUser was not sent: display_name should be a string",
        )
      }
      assert.strictEqual(
        yield* said((_) => _.createUser({ ...request, password: "correct horse" as unknown as Redacted.Redacted })),
        "createUser was not sent: password should be text inside Redacted: Redacted.make(…)",
      )
    }).pipe(Effect.scoped),
  )

  it.effect("an e-mail address or a path in the place of an id is refused with a hint and not sent", () =>
    Effect.gen(function* () {
      const { bodies, run } = yield* answering(user)
      for (const [id, hint] of [
        ["ada@example.com", "looks like an e-mail address"],
        ["self", "call getSelfUser"],
        ["../users", "should be a user id such as usr_9m4e2mr0ui3e8a215n4g"],
      ] as const) {
        const error = Either.getOrThrow(Either.flip(yield* run((_) => _.deleteUser(UserId.make(id, true)))))
        assert.instanceOf(error, TileDBError.InvalidRequest)
        assert.include(error.message, hint)
        if (id !== "self") assert.notInclude(error.message, id)
      }
      assert.deepStrictEqual(bodies, [])
    }).pipe(Effect.scoped),
  )
})
