// A secret is known to the cleaner however it was given, and wherever it comes back.

import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@effect-tiledb/client"
import type { UserCreateRequest } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { makeUsers } from "../support/users.js"

const secret = "correct horse battery"
const password = Redacted.make(secret)
const plain = { username: "ada", email: "ada@example.com", password }

class Request {
  readonly username = "ada"
  readonly email = "ada@example.com"
  readonly #password = password
  get password() {
    return this.#password
  }
}

const requests: Record<string, () => UserCreateRequest> = {
  "a plain object": () => plain,
  "a class with a getter": () => new Request(),
  "an object with getters": () =>
    Object.defineProperties(
      {},
      {
        username: { get: () => "ada" },
        email: { get: () => "ada@example.com" },
        password: { get: () => password },
      },
    ) as UserCreateRequest,
  "a proxy": () => new Proxy(plain, { ownKeys: () => [] }),
  "a proxy of nothing": () =>
    new Proxy({}, { get: (_, name) => Reflect.get(plain, name), has: (_, name) => name in plain }) as UserCreateRequest,
  "properties that are not enumerable": () => {
    const hidden = Object.entries(plain).map(([name, value]) => [name, { value, enumerable: false }] as const)
    return Object.defineProperties({}, Object.fromEntries(hidden)) as UserCreateRequest
  },
  "inherited properties": () => Object.create(plain) as UserCreateRequest,
  "a getter that gives another each time": () => {
    let next = 0
    return {
      ...plain,
      get password() {
        return next++ === 0 ? password : Redacted.make(`another ${next}`)
      },
    }
  },
}

const bodyOf = (body: { readonly _tag: string; readonly body?: unknown }): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body as Uint8Array) : ""

/** A service that repeats what it was sent. */
const repeating = HttpClient.make((request) =>
  Effect.sync(() => {
    const sent: unknown = JSON.parse(bodyOf(request.body))
    const message = `You said ${JSON.stringify(sent)}`
    return HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ code: 1, message }), { status: 400 }))
  }),
)

const usersOver = (client: HttpClient.HttpClient, retryPolicy = RetryPolicy.none) =>
  makeUsers({ credentials: Credentials.apiKey(Redacted.make("tiledb_0123456789abcdef")), retryPolicy }).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
  )

describe("a password is hidden in what the service repeats, whatever the request is", () => {
  for (const [what, request] of Object.entries(requests)) {
    it.scoped(`${what} is hidden when the service repeats it`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* usersOver(repeating)).createUser(request()))
        if (error._tag === "InvalidRequest") {
          // A proxy that has no properties is a request without fields.
          assert.include(what, "proxy")
          assert.notInclude(error.message, secret)
          return
        }
        assert.strictEqual(error._tag, "ApiError")
        assert.include(error.message, "<redacted>")
        assert.notInclude(error.message + JSON.stringify(error), secret)
      }),
    )
  }
})

describe("Retry-After", () => {
  const digits = "31536000"

  it.scoped("an all-digit password in Retry-After is not read: it is in no error and no log", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, message }) => {
        lines.push(JSON.stringify([message, [...annotations]]))
      })
      const client = HttpClient.make((request) =>
        Effect.sync(() =>
          HttpClientResponse.fromWeb(request, new Response("{}", { status: 429, headers: { "retry-after": digits } })),
        ),
      )
      const policy = RetryPolicy.make({ attempts: 2, baseDelay: 0, maxRetryAfter: "1000 days", deadline: "2000 days" })
      const users = yield* usersOver(client, policy)
      const call = Effect.flip(
        users.changePassword({ current_password: Redacted.make(digits), new_password: password }),
      )
      const fiber = yield* Effect.fork(
        call.pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Logger.withMinimumLogLevel(LogLevel.All),
        ),
      )
      yield* TestClock.adjust("3000 days")
      const error = yield* fiber
      assert.deepInclude(error, { _tag: "ApiError", status: 429 })
      assert.notProperty(error, "retryAfter")
      assert.isAbove(lines.length, 0)
      assert.notInclude(error.message + JSON.stringify(error) + lines.join(), digits)
    }),
  )

  it.scoped("is a year at most", () =>
    Effect.gen(function* () {
      for (const text of ["99999999999", "Fri, 01 Jan 2999 00:00:00 GMT"]) {
        const client = HttpClient.make((request) =>
          Effect.sync(() =>
            HttpClientResponse.fromWeb(request, new Response("{}", { status: 503, headers: { "retry-after": text } })),
          ),
        )
        const error = yield* Effect.flip((yield* usersOver(client)).getSelfUser)
        assert.deepInclude(error, { status: 503, retryAfter: Duration.days(365) })
      }
    }),
  )
})
