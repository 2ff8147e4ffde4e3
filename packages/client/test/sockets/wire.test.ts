import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, Users } from "@effect-tiledb/client"
import type { OperationName } from "@effect-tiledb/schema"
import { Effect, Layer, Redacted } from "effect"
import { id, user } from "../support/documented.js"
import { recordingServer } from "../support/recordingServer.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const password = Redacted.make("p\u00e4ss w\u00f6rd")

interface Row {
  readonly call: (users: Users.Service) => Effect.Effect<unknown, unknown>
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly answer: { readonly status: number; readonly body?: string }
  readonly scopedToken?: string
}

const noContent = { status: 204 }

const rows: Record<OperationName, Row> = {
  changePassword: {
    call: (users) => users.changePassword({ current_password: password, new_password: Redacted.make("new") }),
    method: "POST",
    path: "/v4/actions/users/change_password",
    body: { current_password: "p\u00e4ss w\u00f6rd", new_password: "new" },
    answer: noContent,
  },
  confirmEmail: {
    call: (users) => users.confirmEmail(Redacted.make("scoped-1")),
    method: "POST",
    path: "/v4/actions/users/confirm_email",
    body: undefined,
    answer: noContent,
    scopedToken: "scoped-1",
  },
  createUser: {
    call: (users) =>
      users.createUser({ email: "ada@example.com", username: "ada", password, display_name: "", timezone: "UTC" }),
    method: "POST",
    path: "/v4/users",
    body: {
      display_name: "",
      email: "ada@example.com",
      username: "ada",
      password: "p\u00e4ss w\u00f6rd",
      timezone: "UTC",
    },
    answer: { status: 201, body: JSON.stringify({ data: user }) },
  },
  deleteUser: {
    call: (users) => users.deleteUser(id),
    method: "DELETE",
    path: "/v4/users/usr_9m4e2mr0ui3e8a215n4g",
    body: undefined,
    answer: noContent,
  },
  getSelfUser: {
    call: (users) => users.getSelfUser,
    method: "GET",
    path: "/v4/users/self",
    body: undefined,
    answer: { status: 200, body: JSON.stringify({ data: { user, workspaces: [] } }) },
  },
  getUser: {
    call: (users) => users.getUser(id),
    method: "GET",
    path: "/v4/users/usr_9m4e2mr0ui3e8a215n4g",
    body: undefined,
    answer: { status: 200, body: JSON.stringify({ data: user }) },
  },
  requestEmailConfirmation: {
    call: (users) => users.requestEmailConfirmation({ username_or_email: "ada" }),
    method: "POST",
    path: "/v4/actions/users/request_email_confirmation",
    body: { username_or_email: "ada" },
    answer: noContent,
  },
  requestPasswordReset: {
    call: (users) => users.requestPasswordReset({ username_or_email: "ada@example.com" }),
    method: "POST",
    path: "/v4/actions/users/request_password_reset",
    body: { username_or_email: "ada@example.com" },
    answer: noContent,
  },
  resetPassword: {
    call: (users) => users.resetPassword(Redacted.make("scoped-2"), { new_password: Redacted.make("new") }),
    method: "POST",
    path: "/v4/actions/users/reset_password",
    body: { new_password: "new" },
    answer: noContent,
    scopedToken: "scoped-2",
  },
  updateUser: {
    call: (users) => users.updateUser(id, { display_name: "Ada L." }),
    method: "PATCH",
    path: "/v4/users/usr_9m4e2mr0ui3e8a215n4g",
    body: { display_name: "Ada L." },
    answer: noContent,
  },
}

const schemes: Record<string, { credentials: Credentials.Credentials; header: Record<string, string> }> = {
  ApiKeyAuth: {
    credentials: Credentials.apiKey(Redacted.make("tiledb_key")),
    header: { "x-tiledb-rest-api-key": "tiledb_key" },
  },
  BasicAuth: {
    // base64 of the UTF-8 bytes of "ada:p\u00e4ss w\u00f6rd"
    credentials: Credentials.basic("ada", password),
    header: { authorization: "Basic YWRhOnDDpHNzIHfDtnJk" },
  },
  OAuth2: {
    credentials: Credentials.bearer(Redacted.make("oauth-token")),
    header: { authorization: "Bearer oauth-token" },
  },
  anonymous: { credentials: Credentials.anonymous, header: {} },
}

/** What a transport adds on its own. */
const ofTheTransport = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "accept-language",
  "sec-fetch-mode",
])

for (const [transport, layer] of Object.entries(transports)) {
  describe(`on the wire over ${transport}`, () => {
    for (const [operation, row] of Object.entries(rows)) {
      for (const [scheme, { credentials, header }] of Object.entries(schemes)) {
        it.scopedLive(`${operation} with ${scheme}`, () =>
          Effect.gen(function* () {
            const server = yield* recordingServer(() => row.answer)
            yield* Effect.flatMap(Users.Users, row.call).pipe(
              Effect.provide(
                usersLayer({ baseUrl: `${server.origin}/v4`, credentials, retryPolicy: RetryPolicy.none }).pipe(
                  Layer.provide(layer),
                ),
              ),
            )
            assert.strictEqual(server.requests.length, 1)
            const request = server.requests[0]
            assert.strictEqual(request?.method, row.method)
            assert.strictEqual(request?.path, row.path)
            assert.deepStrictEqual(request?.body === "" ? undefined : JSON.parse(request?.body ?? ""), row.body)
            assert.deepStrictEqual(
              Object.fromEntries(Object.entries(request?.headers ?? {}).filter(([name]) => !ofTheTransport.has(name))),
              {
                accept: "application/json",
                "accept-encoding": "identity",
                "user-agent": "effect-tiledb/0.1.0",
                ...(row.body === undefined ? {} : { "content-type": "application/json" }),
                ...(row.scopedToken === undefined ? header : { "x-tiledb-rest-api-key": row.scopedToken }),
              },
            )
          }),
        )
      }
    }
  })
}
