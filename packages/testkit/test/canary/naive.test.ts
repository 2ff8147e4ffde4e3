// The same world and the same harness, and a client written by hand over `HttpClient`, as one would: what it leaks is found,
// sink by sink. A harness that finds nothing here could not be believed when it finds nothing elsewhere.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import {
  type OperationName,
  Operations,
  UserCreateResponse,
  UserGetResponse,
  UserSelfResponse,
} from "@effect-tiledb/schema"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import {
  canary,
  scenarios,
  scripted,
  secrets,
  user,
  userId,
  username,
} from "../../../client/test/support/canaryWorld.js"
import { inFull } from "../../../client/test/support/exhaustive.js"

const plain = Redacted.value

const bodies: { readonly [Name in OperationName]?: unknown } = {
  changePassword: { current_password: plain(secrets.currentPassword), new_password: plain(secrets.newPassword) },
  createUser: { email: user.email, username, password: plain(secrets.newPassword) },
  requestEmailConfirmation: { username_or_email: user.email },
  requestPasswordReset: { username_or_email: user.email },
  resetPassword: { new_password: plain(secrets.newPassword) },
  updateUser: { display_name: "Ann B." },
}

const answers: { readonly [Name in OperationName]?: Schema.Schema.AnyNoContext } = {
  createUser: UserCreateResponse,
  getSelfUser: UserSelfResponse,
  getUser: UserGetResponse,
}

type Scheme = "API key" | "Basic" | "bearer"

/** The vendor's header, the platform's Basic and bearer. (`basicAuth` takes Latin-1 only.) */
const authorize: Record<Scheme, (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest> =
  {
    "API key": HttpClientRequest.setHeader("X-TILEDB-REST-API-KEY", plain(secrets.apiKey)),
    Basic: HttpClientRequest.setHeader(
      "Authorization",
      `Basic ${Buffer.from(`${username}:${plain(secrets.basicPassword)}`).toString("base64")}`,
    ),
    bearer: HttpClientRequest.bearerToken(plain(secrets.bearer)),
  }

const naive = (client: HttpClient.HttpClient, scheme: Scheme, name: OperationName) => {
  const { credential, method, path } = Operations[name]
  const body = bodies[name]
  const answer = answers[name]
  const request = HttpClientRequest.make(method)(`https://api.tiledb.com/v4${path.replace("{user_id}", userId)}`).pipe(
    credential === "session"
      ? authorize[scheme]
      : HttpClientRequest.setHeader("X-TILEDB-REST-API-KEY", plain(secrets.scopedToken)),
    (request) => (body === undefined ? request : HttpClientRequest.bodyUnsafeJson(request, body)),
  )
  return HttpClient.filterStatusOk(client)
    .execute(request)
    .pipe(
      Effect.flatMap((response) =>
        answer === undefined ? response.text : HttpClientResponse.schemaBodyJson(answer)(response),
      ),
      Effect.timeout("5 seconds"),
    )
}

/** As it may be found in an application: it tells everybody. */
const careless = (call: ReturnType<typeof naive>, about: string) =>
  call.pipe(
    Effect.tapError((error) => Effect.sync(() => console.error("call failed", error))),
    Effect.tapError((error) => Metric.update(failures, `${error}`)),
    Effect.withSpan(`call of ${about}`),
  )

const failures = Metric.frequency("careless_failures")

/** What all the calls leak while this happens. */
const leaksDuring = (scenario: string, call = naive) =>
  Effect.gen(function* () {
    const { client } = scripted(scenarios[scenario]?.answer ?? assert.fail(scenario))
    const found: Array<Canary.Leak> = []
    for (const scheme of ["API key", "Basic", "bearer"] as const) {
      const names = Object.keys(Operations) as ReadonlyArray<OperationName>
      // By default the other schemes show their own secret only.
      for (const name of scheme === "API key" ? names : inFull(names, ["getSelfUser"] as const)) {
        found.push(...Canary.leaks(yield* Canary.watch(call(client, scheme, name)), canary))
      }
    }
    return found
  })

const sinksOf = (leaks: ReadonlyArray<Canary.Leak>) => [...new Set(leaks.map(({ sink }) => sink))].sort()
const secretsOf = (leaks: ReadonlyArray<Canary.Leak>) => [...new Set(leaks.map(({ secret }) => secret))].sort()
const everySecret = Object.keys(secrets).sort()

const whenAnError: ReadonlyArray<Canary.Sink> = [
  "Cause inspect",
  "Exit JSON.stringify",
  "Exit inspect",
  "FiberFailure",
  "error JSON.stringify",
  "error inspect",
  "error inspect of own properties",
  "error.toJSON",
  "log json",
  "log logfmt",
  "log pretty",
  "log string",
  "log structured",
  "span attributes",
  "span events",
]

describe("a client by hand over HttpClient", () => {
  it.effect("shows API keys and scoped tokens in its spans, whatever happens", () =>
    Effect.gen(function* () {
      const found = yield* leaksDuring("2xx")
      assert.deepStrictEqual(sinksOf(found), ["span attributes"])
      assert.deepStrictEqual(secretsOf(found), ["apiKey", "scopedToken"])
    }),
  )

  for (const scenario of ["400 with validation_error", "500", "HTML 502"]) {
    it.effect(`prints headers and bodies with its errors: ${scenario}`, () =>
      Effect.gen(function* () {
        const found = yield* leaksDuring(scenario)
        assert.deepStrictEqual(sinksOf(found), whenAnError)
        assert.deepStrictEqual(secretsOf(found), everySecret)
      }),
    )
  }

  it.effect("passes on what the transport says: reset", () =>
    Effect.gen(function* () {
      const found = yield* leaksDuring("reset")
      assert.deepStrictEqual(
        sinksOf(found),
        [
          ...whenAnError,
          "Cause.pretty",
          "error String",
          "error.cause",
          "error.message",
          "error.stack",
          "span exit",
        ].sort(),
      )
      assert.deepStrictEqual(secretsOf(found), everySecret)
    }),
  )

  it.effect("prints a password that its schema refuses", () =>
    Effect.gen(function* () {
      const Request = Schema.Struct({ new_password: Schema.Redacted(Schema.String.pipe(Schema.minLength(100))) })
      const sighting = yield* Canary.watch(Schema.encode(Request)({ new_password: secrets.newPassword }))
      const found = Canary.leaks(sighting, canary)
      assert.includeMembers(sinksOf(found), ["Cause.pretty", "error.message", "log json", "log pretty"])
      assert.deepStrictEqual(secretsOf(found), ["newPassword"])
    }),
  )

  it.effect("leaks into every sink there is when its caller is careless too", () =>
    Effect.gen(function* () {
      const found = yield* leaksDuring("reset", (client, scheme, name) =>
        careless(naive(client, scheme, name), plain(secrets.apiKey)),
      )
      const all = new Set<Canary.Sink>([...sinksOf(found)])
      assert.strictEqual(all.size, 24)
      assert.isTrue(all.has("console") && all.has("metrics") && all.has("span name"))
    }),
  )
})
