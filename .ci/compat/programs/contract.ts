/**
 * What runs in every runtime of the matrix: the testkit's contract, each operation under each fault of a server, and what
 * differs from runtime to runtime. Speaks to the server mode and its control port, and to nothing else.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, RetryPolicy, TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import { type OperationName, Operations, type ScopedToken, type UserId } from "@effect-tiledb/schema"
import * as Contract from "@effect-tiledb/testkit/Contract"
import * as Mailbox from "@effect-tiledb/testkit/Mailbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Control } from "./control.js"

/** What of the server mode's line is needed. */
export interface Server {
  readonly baseUrl: string
  readonly apiKey: string
  readonly bearer: string
}

/** What became of a case: "ok" and problems for what is checked here, else what the driver compares with the reference. */
export type Seen = Readonly<Record<string, string>>

/** The mailbox as the contract uses it. */
const mailboxOver = (control: Control): Mailbox.Service => {
  const all: Mailbox.Service["all"] = (filter = {}) =>
    Effect.promise(async () => {
      const query = new URLSearchParams(JSON.parse(JSON.stringify(filter)))
      const messages: ReadonlyArray<Mailbox.Message & { readonly token: string; readonly time: string }> = JSON.parse(
        await control("GET", `/mailbox?${query}`),
      )
      return messages.map((message) => ({
        ...message,
        token: Redacted.make(message.token),
        time: DateTime.unsafeMake(message.time),
      }))
    })
  return {
    all,
    count: (filter) => Effect.map(all(filter), ({ length }) => length),
    latest: (filter) => Effect.map(all(filter), (messages) => Option.fromNullable(messages.at(-1))),
    take: () => Effect.dieMessage("the contract looks, and does not take"),
    clear: Effect.promise(() => control("DELETE", "/mailbox")),
  }
}

const faults = {
  "503": { _tag: "Status", status: 503, retryAfter: 0 },
  "502 with a page": { _tag: "Html", status: 502 },
  "429": { _tag: "Status", status: 429, retryAfter: 0 },
  "reset before": { _tag: "Reset", when: "before" },
  "reset after": { _tag: "Reset", when: "after" },
  "no answer": { _tag: "Silence", when: "after" },
  "cut head": { _tag: "CutHead" },
  "cut body": { _tag: "CutBody", end: "reset" },
  "half a body": { _tag: "CutBody", end: "stall" },
  "half of the JSON": { _tag: "TruncatedJson" },
  "too large": { _tag: "Oversized", bytes: 1 << 21 },
} as const

const password = Redacted.make("first password")
const ada = { username: "ada", email: "ada@example.com", password }
/** How long an attempt may take, where the answer never comes and where it does. */
const policy = (fault: string) =>
  RetryPolicy.make({
    attempts: 3,
    baseDelay: 1,
    maxDelay: 5,
    attemptTimeout: fault === "no answer" || fault === "half a body" ? "600 millis" : "10 seconds",
    deadline: "15 seconds",
  })

interface Prepared {
  readonly users: Users.Service
  readonly self: Users.Service
  readonly id: UserId
  readonly confirm: ScopedToken
  readonly reset: ScopedToken
}

/** One call of each operation that works on what was prepared. */
const calls: { readonly [Name in OperationName]: (on: Prepared) => Effect.Effect<unknown, TileDBError.TileDBError> } = {
  changePassword: ({ self }) => self.changePassword({ current_password: password, new_password: Redacted.make("2") }),
  confirmEmail: ({ confirm, users }) => users.confirmEmail(confirm),
  createUser: ({ users }) => users.createUser({ username: "bob", email: "bob@example.com", password }),
  deleteUser: ({ id, users }) => users.deleteUser(id),
  getSelfUser: ({ users }) => users.getSelfUser,
  getUser: ({ id, users }) => users.getUser(id),
  requestEmailConfirmation: ({ users }) => users.requestEmailConfirmation({ username_or_email: "ada" }),
  requestPasswordReset: ({ users }) => users.requestPasswordReset({ username_or_email: "ada" }),
  resetPassword: ({ reset, users }) => users.resetPassword(reset, { new_password: Redacted.make("2") }),
  updateUser: ({ id, users }) => users.updateUser(id, { display_name: "Countess" }),
}

const said = (result: Either.Either<unknown, TileDBError.TileDBError>): string => {
  if (Either.isRight(result)) return "works"
  const { left } = result
  const detail = "status" in left ? left.status : "reason" in left ? left.reason : ""
  return `${left._tag} ${detail} ${left.outcome}`
}

const makeUsers = (options: TileDBClient.Options) =>
  Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, TileDBClient.make(options))

export const run = async (server: Server, control: Control, transport: Layer.Layer<HttpClient.HttpClient>) => {
  const seen: Record<string, string> = {}
  const layer = (options: TileDBClient.Options) =>
    Users.layer.pipe(
      Layer.provide(TileDBClient.layer({ baseUrl: server.baseUrl, allowCredentialsInBrowser: true, ...options })),
    )
  const make = (credentials: Credentials.Credentials, options: TileDBClient.Options = {}) =>
    makeUsers({ baseUrl: server.baseUrl, allowCredentialsInBrowser: true, credentials, ...options })
  const owner = Credentials.apiKey(Redacted.make(server.apiKey))

  const attempt = async (name: string, effect: Effect.Effect<string, unknown, HttpClient.HttpClient | Scope.Scope>) => {
    await control("DELETE", "/faults")
    await control("POST", "/deployment/reset")
    const bounded = effect.pipe(Effect.provide(transport), Effect.timeout("20 seconds"), Effect.scoped)
    seen[name] = await Effect.runPromise(bounded).catch((error: unknown) => `failed: ${error}`)
  }

  const strict = { retryPolicy: RetryPolicy.none, decoding: "strict" } as const
  const callers = Layer.mergeAll(
    layer({ credentials: owner, ...strict }),
    Contract.layerCallers((credentials) => make(credentials, strict)),
    Layer.succeed(Mailbox.Mailbox, mailboxOver(control)),
  )
  for (const { name, run } of Contract.users(callers)) await attempt(`contract: ${name}`, Effect.as(run, "ok"))

  const under = (operation: OperationName, name: string, fault: (id: UserId) => unknown) =>
    Effect.gen(function* () {
      const users = yield* make(owner)
      const { id } = yield* users.createUser(ada)
      yield* users.requestPasswordReset({ username_or_email: "ada" })
      const self = yield* make(Credentials.basic("ada", password))
      const mailbox = mailboxOver(control)
      const confirm = yield* Effect.flatten(mailbox.latest({ kind: "confirm_email" }))
      const reset = yield* Effect.flatten(mailbox.latest({ kind: "password_reset" }))
      yield* Effect.promise(() => control("POST", "/faults", { fault: fault(id), operation, nth: 1 }))
      const prepared = { users, self, id, confirm: confirm.token, reset: reset.token }
      const result = yield* calls[operation](prepared).pipe(RetryPolicy.withRetryPolicy(policy(name)), Effect.either)
      const [{ calls: requests, struck }] = JSON.parse(yield* Effect.promise(() => control("GET", "/faults")))
      return `${said(result)}, after ${requests} requests, ${struck} struck`
    })
  for (const { name, path } of Object.values(Operations)) {
    for (const [fault, rule] of Object.entries(faults))
      await attempt(
        `${name}: ${fault}`,
        under(name, fault, () => rule),
      )
    const redirect = (id: UserId) => ({
      _tag: "Redirect",
      status: 307,
      location: `${server.baseUrl}${path.replace("{user_id}", id)}?elsewhere`,
    })
    await attempt(`${name}: redirect`, under(name, "redirect", redirect))
  }

  // Here the options are the defaults: what an application in this runtime meets.
  const self = (credentials: Credentials.Credentials) =>
    Effect.flatMap(makeUsers({ baseUrl: server.baseUrl, credentials }), (users) => users.getSelfUser).pipe(
      Effect.map(({ user }) => user.username),
    )
  await attempt("defaults: a bearer token reads itself", self(Credentials.bearer(Redacted.make(server.bearer))))
  await attempt("defaults: an API key reads itself", self(owner))
  await attempt(
    "an interrupted call ends at once, and the next one works",
    Effect.gen(function* () {
      const users = yield* make(owner, { retryPolicy: RetryPolicy.none })
      const silence = { fault: faults["no answer"], operation: "getSelfUser", nth: 1 }
      yield* Effect.promise(() => control("POST", "/faults", silence))
      const fiber = yield* Effect.fork(users.getSelfUser)
      // Not before the server has it: else it is the next call that gets no answer.
      const arrived = Effect.map(
        Effect.promise(() => control("GET", "/faults")),
        (text) => JSON.parse(text)[0].struck > 0,
      )
      yield* Effect.repeat(Effect.delay(arrived, "20 millis"), { until: (there) => there })
      yield* Fiber.interrupt(fiber)
      return (yield* users.getSelfUser).user.username
    }),
  )
  await attempt(
    "the transport is closed with its Layer, a call under way included",
    Effect.gen(function* () {
      const silence = { fault: faults["no answer"], operation: "getSelfUser", nth: 2 }
      yield* Effect.promise(() => control("POST", "/faults", silence))
      const call = Effect.flatMap(make(owner, { retryPolicy: RetryPolicy.none }), (users) =>
        Effect.zipRight(users.getSelfUser, Effect.timeoutOption(users.getSelfUser, "100 millis")),
      )
      yield* Effect.provide(call, transport)
      return "closed"
    }),
  )
  return seen
}
