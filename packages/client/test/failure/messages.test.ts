/** The product's voice on one page: every text an error may have, held in messages.md. */

import { assert, describe, expect, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBClient, type TileDBError, type Users } from "@effect-tiledb/client"
import { type Operation, Operations, UserId } from "@effect-tiledb/schema"
import { Deployment, Faults, Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { prepare } from "../../src/internal/call/prepare.js"
import type { Given } from "../../src/internal/call.js"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import { texts } from "../../src/internal/failure/messages.js"
import { type End, toError } from "../../src/internal/failure/toError.js"
import { makeUsers } from "../support/users.js"

const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")
const password = Redacted.make("correct horse")
const eve = { username: "eve", email: "eve@example.com", password }

const callOf = (operation: Operation, input: Given) => Either.getOrThrow(prepare(operation, input))
const create = callOf(Operations.createUser, { request: eve })
const read = callOf(Operations.getUser, { path: { user_id: id } })
const remove = callOf(Operations.deleteUser, { path: { user_id: id } })
const confirm = callOf(Operations.confirmEmail, { token: Redacted.make("scoped") })

/** An operation of another group. */
const revoke: Operation = {
  name: "revoke",
  group: "Keys",
  method: "DELETE",
  path: "/keys/{workspace}/{key_id}",
  pathParameters: { workspace: Schema.String, key_id: Schema.String },
  subject: ["workspace", "key_id"],
  successStatus: 204,
  notFound: true,
}
const ofGroup = callOf(revoke, { path: { workspace: "My Team", key_id: "key_7" } })

const text = (call: End["call"], failure: Failure, more: Partial<End> = {}): string =>
  toError({
    call,
    failure,
    attempts: [{ number: 1, delay: Duration.zero, reason: "" }],
    stopped: undefined,
    earlierUnknown: false,
    base: "https://api.tiledb.com",
    origin: "https://api.tiledb.com",
    named: { base: "TILEDB_REST_HOST", credentials: "TILEDB_REST_TOKEN" },
    texts,
    scheme: "ApiKey",
    secrets: [],
    now: Date.parse("2026-02-01T00:00:00Z"),
    ...more,
  }).message

it("a wait of no time is no advice", () => {
  const message = text(read, status(503, "", [], undefined, 0))
  assert.notInclude(message, "wait")
  assert.include(text(read, status(503, "", [], undefined, 1)), "wait 1 s before you call again")
})

const body = (message: string, fields: ReadonlyArray<readonly [string, string]> = []) =>
  JSON.stringify({
    code: 10001,
    message,
    request_id: "req_7",
    ...(fields.length === 0
      ? {}
      : { validation_error: { fields: fields.map(([field, message]) => ({ field, message })) } }),
  })

const answered = (code: number, said = "", retryAfter?: number) => status(code, said, [], undefined, retryAfter)
const page = (code: number) => status(code, "<html>", [], "text/html")
const jwt = Redacted.make(`e30.${btoa(JSON.stringify({ exp: 1767225600 }))}.x`)
const four = [1, 2, 3, 4].map((number) => ({ number, delay: Duration.zero, reason: "" }))
const decoded = (more: Partial<Extract<Failure, { readonly _tag: "Decode" }>>): Failure => ({
  _tag: "Decode",
  status: 200,
  reason: "Json",
  issues: [],
  outcome: "Unknown",
  mediaType: "text/html",
  ...more,
})
const taken = body("The request conflicts with existing data", [
  ["username", "is taken"],
  ["email", "is taken"],
])
const issues = [
  { path: "data", message: "should be an object" },
  { path: "data.workspaces", message: "should be a list" },
]
const elsewhere = { from: "https://api.tiledb.com", to: "https://login.example.com" }

const codes = [
  "ENOTFOUND",
  "ECONNREFUSED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
  "BAD_PORT",
  "UND_ERR_CONNECT_TIMEOUT",
  "PROXY_407",
  "PLAIN_HTTP_PROXY",
]
const reasons = ["ConnectionLost", "Timeout", "Deadline", "BodyTooLarge", "BodyEncoding"] as const
const redirects = ["RedirectRefused", "RedirectInsecure", "RedirectLoop", "RedirectLimit"] as const
const invalid = (operation: Operation, input: Given): string =>
  Either.match(prepare(operation, input), { onLeft: (error) => error.message, onRight: () => "" })

/** Made inside the test: Stryker runs every test for what runs while a file is loaded. */
const sectionsOf = (): Readonly<Record<string, ReadonlyArray<string>>> => ({
  "The service refuses": [
    text(create, answered(400, body("The request is not valid", [["password", "must have at least 8 characters"]]))),
    text(
      create,
      answered(
        400,
        body(
          "No",
          Array.from({ length: 12 }, (_, index) => [`field${index}`, "is wrong"] as const),
        ),
      ),
    ),
    text(create, answered(409, taken)),
    text(create, answered(409, taken), { earlierUnknown: true }),
    text(remove, answered(403, body("Your role does not allow this"))),
    text(remove, answered(404, body("There is no such user"))),
    text(remove, answered(404)),
    text(remove, page(404)),
  ],
  "The credential is refused": [
    text(read, answered(401), { scheme: "Anonymous" }),
    text(read, answered(401, body("The credential is not valid"))),
    text(read, answered(401), { secrets: [jwt] }),
    text(read, answered(401), {
      scheme: "Basic",
      named: { base: "baseUrl", credentials: "TILEDB_REST_USERNAME and TILEDB_REST_PASSWORD" },
    }),
    text(read, answered(401), { scheme: "Bearer" }),
    text(read, answered(401), { scheme: "Bearer", secrets: [jwt] }),
    text(confirm, answered(401)),
  ],
  "Wait, or try again": [
    text(read, answered(429)),
    text(read, answered(429, body("Slow down"), 7000), { stopped: "Attempts", attempts: four }),
    text(create, answered(503, "", 90_000), { stopped: "RetryAfter" }),
    text(read, answered(500, body("Oh")), { stopped: "Attempts", attempts: four }),
    text(create, answered(500, body("Oh")), { stopped: "NotRepeatable" }),
    text(remove, page(502), { stopped: "Budget" }),
    text(remove, answered(504), { stopped: "Deadline" }),
  ],
  "No connection": codes.map((detail) => text(create, transport("ConnectionFailed", false, { detail }))),
  "No response": [
    ...reasons.map((reason) => text(create, transport(reason, true), { stopped: "NotRepeatable" })),
    text(read, transport("ConnectionLost", true, { detail: "ECONNRESET" }), { stopped: "Attempts", attempts: four }),
    text(read, transport("ConnectionLost", true, { detail: "CORS" }), { stopped: "Attempts", attempts: four.slice(2) }),
    text(remove, transport("Credentials", false)),
  ],
  Redirects: [
    ...redirects.map((reason) => text(remove, transport(reason, false, elsewhere))),
    text(create, transport("RedirectRefused", true)),
    text(create, transport("RedirectRefused", true, elsewhere)),
    text(create, transport("RedirectRefused", true, { ...elsewhere, detail: "SIGN_IN_PAGE" })),
    text(remove, transport("ConnectionFailed", false, { detail: "ENOTFOUND" }), {
      origin: "https://eu.api.tiledb.com",
    }),
  ],
  "Not the service's response": [
    text(remove, decoded({})),
    text(create, decoded({ mediaType: undefined })),
    text(read, decoded({ mediaType: "a body without Content-Type" })),
    text(
      create,
      decoded({
        status: 201,
        reason: "Schema",
        outcome: "Done",
        issues,
        requestId: "req_7",
        mediaType: "application/json",
      }),
    ),
    text(
      read,
      decoded({
        reason: "Schema",
        outcome: "Done",
        issues: [...issues, ...issues, ...issues],
        mediaType: "application/json",
      }),
    ),
  ],
  "Another group": [
    text(ofGroup, answered(404, body("There is no such key"))),
    text(callOf(revoke, { path: { workspace: "ada@example.com", key_id: "7" } }), transport("Timeout", true)),
    invalid(revoke, { path: { workspace: "a/b" } }),
  ],
  "Wrong arguments": [
    invalid(Operations.getUser, { path: { user_id: "self" } }),
    invalid(Operations.deleteUser, { path: { user_id: "ada@example.com" } }),
    invalid(Operations.createUser, { request: { username: 1, password: "correct horse" } }),
    invalid(Operations.updateUser, { path: { user_id: id }, request: { nickname: "Ada" } }),
    invalid(Operations.confirmEmail, { token: Redacted.make("") }),
  ],
})

const told = <R>(call: Effect.Effect<unknown, TileDBError.TileDBError | ConfigError.ConfigError, R>) =>
  Effect.map(Effect.flip(call), (error) => (ConfigError.isConfigError(error) ? String(error) : error.message))

/** What a newcomer sees of the commonest mistakes, with a deployment at the other end. */
const mistakes = Effect.gen(function* () {
  const { apiKey } = yield* Deployment.Deployment
  const over = <E>(options: TileDBClient.Options, call: (users: Users.Service) => Effect.Effect<unknown, E>) =>
    makeUsers({ retryPolicy: RetryPolicy.none, credentials: Credentials.apiKey(apiKey), ...options }).pipe(
      Effect.flatMap(call),
      Effect.provide(TestHttpClient.layerDeployment()),
      Effect.scoped,
    )
  const getSelf = (users: Users.Service) => users.getSelfUser
  const rows = {
    "wrong key": over({ credentials: Credentials.apiKey(Redacted.make("tiledb_wrong")) }, getSelf),
    "no key": over({ credentials: Credentials.anonymous }, getSelf),
    "http URL": over({ baseUrl: "http://api.tiledb.com/v4" }, getSelf),
    "base URL without /v4": over({ baseUrl: "https://api.tiledb.com" }, getSelf),
    "base URL with /v4/users": over({ baseUrl: "https://api.tiledb.com/v4/users" }, getSelf),
    "expired token": over({ credentials: Credentials.apiKey(jwt) }, getSelf),
    "no such user": over({}, (users) => users.deleteUser(id)),
    "short password": over({}, (users) => users.createUser({ ...eve, password: Redacted.make("short") })),
    "duplicate name": over({}, (users) => users.createUser({ ...eve, username: "ada", email: "ada@example.com" })),
    "rate limited": over({}, getSelf).pipe(
      Faults.withFaults({ fault: Faults.status(429, { message: "Too many requests", retryAfter: "7 seconds" }) }),
    ),
    offline: over({}, getSelf).pipe(Faults.withFaults({ fault: Faults.refuse })),
  }
  return yield* Effect.all(
    Object.entries(rows).map(([name, call]) => Effect.map(told(call), (text) => `${name}: ${text}`)),
  )
}).pipe(Effect.provide(Deployment.layer({ users: [Fixtures.user("ada")], policy: { minimumPasswordLength: 8 } })))

describe("the texts of errors", () => {
  it.live("are those of messages.md", () =>
    Effect.gen(function* () {
      const sections = sectionsOf()
      const all = { "The commonest mistakes": yield* mistakes, ...sections }
      const lines = Object.entries(all).flatMap(([title, texts]) => [
        `## ${title}`,
        "",
        ...texts.map((_) => `- ${_}`),
        "",
      ])
      const page = ["# Texts of errors", "", "Generated and checked by messages.test.ts.", "", ...lines].join("\n")
      assert.notInclude(page, "eve@example.com")
      assert.notInclude(page, "correct horse")
      for (const text of Object.values(sections).flat()) assert.match(text, /^\w+(:| was not sent:) /)
      yield* Effect.promise(() => expect(page).toMatchFileSnapshot("messages.md"))
    }),
  )
})
