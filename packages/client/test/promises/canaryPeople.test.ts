// The operations about people, through everything that may happen: neither a secret nor an address that is searched for or
// invited reaches an error, a log, a span or a metric, whatever the service repeats.
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, TileDBClient } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import {
  address,
  apiKey,
  calls,
  canary,
  echo,
  jwt,
  other,
  repeated,
  type Services,
  service,
} from "../support/canaryPeople.js"
import { type Answer, bodyOf, respond } from "../support/canaryWorld.js"
import { invitation, key, member, pageOf, token, workspaceId } from "../support/people.js"

/** What is wrong with the arguments must be told without them. */
const invalid: Readonly<Record<string, (services: Services) => Effect.Effect<unknown, unknown>>> = {
  listWorkspaceUsers: ({ workspaces }) => workspaces.listWorkspaceUsers({ search: address, page: 0 }),
  createInvitations: ({ invitations }) =>
    invitations.createInvitations([{ invitee_email: address, [other]: other, prospective_role: 7 } as never]),
  createToken: ({ tokens }) => tokens.createToken({ name: address, scope: 7 as never }),
  revokeToken: ({ tokens }) => tokens.revokeToken({ address } as never),
  deleteWorkspaceUser: ({ workspaces }) => workspaces.deleteWorkspaceUser(address as never),
}

const secret = { api_key: Redacted.value(apiKey), jwt: Redacted.value(jwt) }
const one = { ...member, ...token, ...invitation, ...secret, email: address, invitee_email: address }

/** A member, a token and an invitation in one, or a page of them, as whatever is asked for. */
const readable = (request: HttpClientRequest): string => {
  const { pathname } = new URL(request.url)
  const isList = request.method === "GET" && /(?:workspaceusers|admin)\/[^/]*$|tokens$/.test(pathname)
  return JSON.stringify(
    isList || (pathname.includes("workspaceusers/") && request.method === "POST") ? pageOf([one]) : { data: one },
  )
}

const scenarios: Readonly<Record<string, Answer>> = {
  "2xx": (request) =>
    ["DELETE", "PATCH"].includes(request.method)
      ? respond(request, 204, null)
      : respond(request, 200, readable(request)),
  "2xx that cannot be read": (request) =>
    respond(request, 200, readable(request).replace(/"name":"[^"]*"|"role":"[^"]*"/g, '"name":7,"role":7')),
  "2xx that is not JSON": (request) => respond(request, 200, repeated(request).join()),
  "400": (request) => respond(request, 400, echo(request)),
  "404": (request) => respond(request, 404, echo(request)),
  "409": (request) => respond(request, 409, echo(request)),
  "429": (request) => respond(request, 429, echo(request)),
  "500": (request) => respond(request, 500, echo(request)),
  "HTML 502": (request) =>
    respond(request, 502, `<title>${repeated(request).join()}</title>`, { "content-type": "text/html" }),
  reset: (request) =>
    Effect.fail(
      new RequestError({
        request,
        reason: "Transport",
        cause: new Error(`${request.url} ${bodyOf(request)}`),
        description: echo(request),
      }),
    ),
  redirect: (request) => respond(request, 307, null, { location: `https://evil.example.net/?${request.url}` }),
  "a transport that dies": (request) => Effect.die(new Error(`${request.url} ${bodyOf(request)}`)),
}

const over = (answer: Answer) =>
  TileDBClient.make({
    credentials: Credentials.apiKey(Redacted.make(key)),
    retryPolicy: RetryPolicy.make({ attempts: 2, baseDelay: 0 }),
    workspace: workspaceId,
  }).pipe(
    Effect.provideService(HttpClient.HttpClient, HttpClient.make(answer)),
    Effect.flatMap((client) => Effect.provideService(service, TileDBClient.TileDBClient, client)),
    Effect.scoped,
  )

/** Everything but what the caller gets: a member has an address. */
const withoutValue = <A, E>(call: Effect.Effect<A, E>) => Effect.asVoid(call)

describe("no address and no secret reaches any sink", () => {
  for (const [scenario, answer] of Object.entries(scenarios)) {
    it.effect(scenario, () =>
      Effect.gen(function* () {
        for (const [name, call] of Object.entries(calls)) {
          const services = yield* over(answer)
          const sighting = yield* Canary.watch(withoutValue(call(services)))
          assert.deepStrictEqual(Canary.leaks(sighting, canary), [], name)
        }
      }),
    )
  }

  it.effect("when the request is refused", () =>
    Effect.gen(function* () {
      const services = yield* over(() => Effect.never)
      for (const [name, call] of Object.entries(invalid)) {
        const exit = yield* Canary.assertNoLeak(withoutValue(call(services)), canary)
        assert.isTrue(Exit.isFailure(exit) && Cause.isFailType(exit.cause), name)
      }
    }),
  )

  it.effect("what is read prints no secret either", () =>
    Effect.gen(function* () {
      const services = yield* over(scenarios["2xx"] ?? (() => Effect.never))
      const hidden = Canary.make({ apiKey, jwt, session: key })
      const { invitations, tokens } = services
      for (const call of [
        tokens.listTokens({ type: "api" }),
        tokens.createToken({ scope: "*" }),
        invitations.listInvitations(),
      ] as ReadonlyArray<Effect.Effect<unknown, unknown>>) {
        yield* Canary.assertNoLeak(
          Effect.tap(call, (value) => Effect.log(value)),
          hidden,
        )
      }
    }),
  )
})
