/** The real client in this page, over a deployment in its memory: what the live page does, apart from how it looks. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Credentials from "@effect-tiledb/client/Credentials"
import * as RetryPolicy from "@effect-tiledb/client/RetryPolicy"
import * as TileDBClient from "@effect-tiledb/client/TileDBClient"
import { mayHaveBeenDone, type TileDBError } from "@effect-tiledb/client/TileDBError"
import * as Users from "@effect-tiledb/client/Users"
import { type OperationName, UserId } from "@effect-tiledb/schema"
import * as Deployment from "@effect-tiledb/testkit/Deployment"
import * as Faults from "@effect-tiledb/testkit/Faults"
import * as Fixtures from "@effect-tiledb/testkit/Fixtures"
import * as Journal from "@effect-tiledb/testkit/Journal"
import * as Mailbox from "@effect-tiledb/testkit/Mailbox"
import * as TestHttpClient from "@effect-tiledb/testkit/TestHttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Choice, faults, policies } from "./scenarios.js"

const token = (who: string, kind: "confirm_email" | "password_reset") =>
  Effect.map(Mailbox.latest({ to: who, kind }), (message) =>
    Option.match(message, { onNone: () => Redacted.make("no such token"), onSome: ({ token }) => token }),
  )
/** The id of somebody; of nobody, one that the service does not know. */
const idOf = (who: string) =>
  Effect.flatMap(Deployment.Deployment, (deployment) => deployment.user(who)).pipe(
    Effect.map((user) => (Option.isSome(user) ? user.value.id : UserId.make("usr_00000000000000000000"))),
  )

/** A token of somebody's own; the client refuses HTTP Basic in a page, where every script could read the password. */
const bearerOf = (who: string) =>
  Effect.flatMap(Effect.all([Deployment.Deployment, idOf(who)]), ([deployment, id]) => deployment.issueBearer(id)).pipe(
    Effect.orElseSucceed(() => Redacted.make("nobody")),
  )

/** One call of each operation, about somebody. */
const calls: Record<
  OperationName,
  (users: Users.Service, who: string) => Effect.Effect<unknown, TileDBError, Mailbox.Mailbox | Deployment.Deployment>
> = {
  createUser: (users, who) =>
    users.createUser({ username: who, email: `${who}@example.com`, password: Redacted.make("correct horse") }),
  getSelfUser: (users) => users.getSelfUser,
  getUser: (users, who) => Effect.flatMap(idOf(who), users.getUser),
  updateUser: (users, who) =>
    Effect.flatMap(idOf(who), (id) =>
      users.updateUser(id, { display_name: `${who}, at ${new Date().toLocaleTimeString()}` }),
    ),
  deleteUser: (users, who) => Effect.flatMap(idOf(who), users.deleteUser),
  requestEmailConfirmation: (users, who) => users.requestEmailConfirmation({ username_or_email: who }),
  confirmEmail: (users, who) => Effect.flatMap(token(who, "confirm_email"), users.confirmEmail),
  requestPasswordReset: (users, who) => users.requestPasswordReset({ username_or_email: who }),
  resetPassword: (users, who) =>
    Effect.flatMap(token(who, "password_reset"), (token) =>
      users.resetPassword(token, { new_password: Redacted.make("correct horse") }),
    ),
  changePassword: (users, who) =>
    Effect.flatMap(bearerOf(who), (bearer) =>
      users
        .changePassword({
          current_password: Redacted.make("correct horse"),
          new_password: Redacted.make("correct horse"),
        })
        .pipe(Credentials.withCredentials(Credentials.bearer(bearer))),
    ),
}

/** A request as it went out, and what came of it. */
export interface Exchange {
  readonly number: number
  readonly begun: number
  readonly request: string
  readonly result: string
}

export interface Report {
  readonly ok: boolean
  readonly title: string
  readonly message: string
  readonly outcome: string
  readonly look: boolean
  readonly millis: number
}

export interface State {
  readonly users: ReadonlyArray<{ readonly username: string; readonly email: string; readonly confirmed: boolean }>
  readonly mails: ReadonlyArray<{
    readonly kind: string
    readonly to: string
    readonly token: string
  }>
  readonly journal: ReadonlyArray<string>
}

/** What the service did, which the caller may never hear of. */
const told = ({ operation, outcome, path }: Journal.Entry): string => {
  const what = operation ?? path
  if (outcome._tag === "Success") return `${what}: done (${outcome.status})`
  if (outcome._tag === "Failure") return `${what}: refused (${outcome.status}, ${outcome.message})`
  return `${what}: ${outcome.acted ? "done" : "not done"}, and then ${outcome.fault}`
}

const succeeded = (value: unknown): string => {
  if (value === undefined) return "no content"
  return JSON.stringify(value, null, 2)
}

export const start = (watch: (exchange: Exchange) => void) => {
  let began = 0
  let count = 0
  const watching = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.transform(client, (effect, request) =>
        Effect.suspend(() => {
          const number = ++count
          const begun = Math.round(performance.now() - began)
          const tell = (result: string) =>
            Effect.sync(() =>
              watch({ number, begun, request: `${request.method} ${new URL(request.url).pathname}`, result }),
            )
          return Effect.zipRight(tell("…"), effect).pipe(
            Effect.tap((response) => tell(String(response.status))),
            Effect.tapErrorCause(() => tell("no response")),
            Effect.onInterrupt(() => tell("aborted")),
          )
        }),
      ),
    ),
  )
  const users = Layer.unwrapEffect(
    // A page holds a bearer token: scripts in it could read an API key.
    Effect.map(Deployment.Deployment, ({ bearer }) =>
      Layer.provide(Users.layer, TileDBClient.layer({ credentials: Credentials.bearer(bearer) })),
    ),
  )
  const runtime = ManagedRuntime.make(
    users.pipe(
      Layer.provide(watching),
      Layer.provideMerge(
        TestHttpClient.layer({
          seed: Date.now(),
          users: [Fixtures.user("ada", { password: Redacted.make("correct horse") })],
        }),
      ),
      Layer.provide(Layer.setTracerEnabled(false)),
    ),
  )

  const call = ({ fault, operation, policy, strikes, who }: Choice) =>
    runtime.runPromise(
      Effect.gen(function* () {
        const users = yield* Users.Users
        const given = faults[fault]?.value
        const nth = { "1": { nth: [1] }, "2": { nth: [1, 2] }, all: {} }[strikes]
        const rule = given === undefined ? [] : [{ operation, fault: given, ...nth, optional: true }]
        yield* Effect.yieldNow()
        began = performance.now()
        count = 0
        const result = yield* calls[operation](users, who).pipe(
          RetryPolicy.withRetryPolicy(policies[policy]?.value ?? RetryPolicy.standard),
          Faults.withFaults(rule),
          Effect.either,
        )
        const millis = Math.round(performance.now() - began)
        return Either.match(result, {
          onRight: (value): Report => ({
            ok: true,
            title: "Succeeded",
            message: succeeded(value),
            outcome: "Done",
            look: false,
            millis,
          }),
          onLeft: (error): Report => ({
            ok: false,
            title: error._tag + ("status" in error ? ` ${error.status}` : "reason" in error ? ` ${error.reason}` : ""),
            message: error.message,
            outcome: error.outcome,
            look: mayHaveBeenDone(error),
            millis,
          }),
        })
      }),
    )

  const look = (): Promise<State> =>
    runtime.runPromise(
      Effect.gen(function* () {
        const deployment = yield* Deployment.Deployment
        const mailbox = yield* Mailbox.Mailbox
        return {
          users: (yield* deployment.users).map(({ username, email, is_valid_email }) => ({
            username,
            email,
            confirmed: is_valid_email === true,
          })),
          mails: (yield* mailbox.all()).map(({ kind, to, token }) => ({
            kind,
            to: to.email,
            token: String(token),
          })),
          journal: (yield* Journal.entries()).map(told),
        }
      }),
    )

  return { call, look, dispose: () => runtime.dispose() }
}
