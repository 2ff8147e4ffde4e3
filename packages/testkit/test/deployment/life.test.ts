import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, RetryPolicy, type TileDBError, type Users } from "@effect-tiledb/client"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { UserId } from "@effect-tiledb/schema"
import { Deployment, Fixtures, Mailbox, TestHttpClient, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inFull } from "../../../client/test/support/exhaustive.js"
import { makeUsers } from "../../../client/test/support/users.js"
import {
  type Actor,
  type Command,
  emails,
  Model,
  passwords,
  sentence,
  sequences,
  tell,
  usernames,
} from "../support/lifeModel.js"

/** A clock that stands until it is told to go on; timers are real, so that a call that hangs is noticed. */
class StandingClock implements Clock.Clock {
  readonly #real = Clock.make()
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  minutes = 0
  unsafeCurrentTimeMillis = () => this.minutes * 60_000
  unsafeCurrentTimeNanos = () => BigInt(this.unsafeCurrentTimeMillis()) * 1_000_000n
  currentTimeMillis = Effect.sync(this.unsafeCurrentTimeMillis)
  currentTimeNanos = Effect.sync(this.unsafeCurrentTimeNanos)
  sleep = this.#real.sleep
}

const clock = new StandingClock()

type As = (credentials: Credentials.Credentials) => Effect.Effect<Users.Service>

const adminKey = Redacted.make("tiledb_admin")

/** The deployment under test, as the model's commands need it. */
const world = (as: As) =>
  Effect.gen(function* () {
    const d = yield* Deployment.Deployment
    const mailbox = yield* Mailbox.Mailbox
    const start = yield* d.snapshot
    const callers = new Map<string, Users.Service>()
    const caller = (who: Actor) =>
      Effect.gen(function* () {
        const known = callers.get(JSON.stringify(who))
        if (known !== undefined) return known
        const service = yield* as(credentialsOf(who, d.apiKey))
        callers.set(JSON.stringify(who), service)
        return service
      })
    return { start, mailbox, caller, restart: d.restore(start), seeded: (yield* d.users).map(({ id }) => id) }
  })

const credentialsOf = (who: Actor, ownerKey: Redacted.Redacted<string>): Credentials.Credentials => {
  switch (who) {
    case "owner":
      return Credentials.apiKey(ownerKey)
    case "admin":
      return Credentials.apiKey(adminKey)
    case "visitor":
      return Credentials.anonymous
    default:
      return Credentials.basic(usernames[who.username] ?? "", Redacted.make(passwords[who.password] ?? ""))
  }
}

const secret = (index: number) => Redacted.make(passwords[index] ?? "")

const noToken = Redacted.make("no-such-token")

const outcome = <A>(call: Effect.Effect<A, TileDBError.TileDBError>, told: (value: A) => string = () => "ok") =>
  Effect.match(call, {
    onFailure: (error) => {
      if (error._tag !== "ApiError") return error._tag
      const fields = (error.validationError?.fields ?? []).map(({ field }) => field)
      return fields.length === 0 ? String(error.status) : `${error.status} ${fields.toSorted().join(" ")}`
    },
    onSuccess: told,
  })

const toldUser = (user: { username: string; email: string; display_name: string; is_valid_email?: boolean }) =>
  `ok ${tell(user.username, user.email, user.display_name, user.is_valid_email === true)}`

const nobody = UserId.make("usr_00000000000000000000")

/** Does what the command says, and gives the outcome in words. */
const perform = (
  { caller, mailbox }: Effect.Effect.Success<ReturnType<typeof world>>,
  ids: Array<UserId>,
  command: Command,
): Effect.Effect<string> =>
  Effect.gen(function* () {
    const visitor = yield* caller("visitor")
    const token = (back: number) => Effect.map(mailbox.all(), (mails) => mails.at(-1 - back)?.token ?? noToken)
    switch (command.do) {
      case "wait":
        clock.minutes += command.minutes
        return "ok"
      case "register": {
        const request = {
          username: usernames[command.username] ?? "",
          email: emails[command.email] ?? "",
          password: secret(command.password),
        }
        return yield* outcome((yield* caller(command.who)).createUser(request), (user) => {
          ids.push(user.id)
          return toldUser(user)
        })
      }
      case "ask": {
        const request = { username_or_email: command.name }
        return yield* outcome(
          command.kind === "confirm_email"
            ? visitor.requestEmailConfirmation(request)
            : visitor.requestPasswordReset(request),
        )
      }
      case "confirm":
        return yield* outcome(visitor.confirmEmail(yield* token(command.mail)))
      case "reset":
        return yield* outcome(
          visitor.resetPassword(yield* token(command.mail), { new_password: secret(command.password) }),
        )
      case "change": {
        const request = { current_password: secret(command.current), new_password: secret(command.next) }
        return yield* outcome((yield* caller(command.who)).changePassword(request))
      }
      case "self":
        return yield* outcome((yield* caller(command.who)).getSelfUser, ({ user }) => toldUser(user))
      case "read":
        return yield* outcome((yield* caller(command.who)).getUser(ids.at(-1 - command.target) ?? nobody), toldUser)
      case "update": {
        const email = command.email === undefined ? undefined : emails[command.email]
        const request = {
          ...(command.name === undefined ? {} : { display_name: command.name }),
          ...(email === undefined ? {} : { email }),
        }
        return yield* outcome((yield* caller(command.who)).updateUser(ids.at(-1 - command.target) ?? nobody, request))
      }
      case "remove":
        return yield* outcome((yield* caller(command.who)).deleteUser(ids.at(-1 - command.target) ?? nobody))
    }
  })

/** Runs commands on both; the story up to the first difference, if there is one. */
const differs = (here: Effect.Effect.Success<ReturnType<typeof world>>, commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    yield* here.restart
    const model = new Model()
    const ids = here.seeded.slice()
    const story: Array<string> = []
    for (const command of commands) {
      const expected = model.run(command)
      const actual = yield* perform(here, ids, command)
      story.push(`${story.length + 1}. ${sentence(command)}: ${expected}`)
      if (actual !== expected) return [...story, `   but it was: ${actual}`].join("\n")
    }
    return undefined
  })

/** Leaves out commands, ever fewer at once, as long as there still is a difference. */
const shortest = (here: Effect.Effect.Success<ReturnType<typeof world>>, commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    let shorter = commands
    for (let size = commands.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < shorter.length; ) {
        const without = shorter.toSpliced(at, size)
        if ((yield* differs(here, without)) === undefined) at += size
        else shorter = without
      }
    }
    return yield* differs(here, shorter)
  })

const check = (as: As, count: number) =>
  Effect.gen(function* () {
    const here = yield* world(as)
    for (const commands of sequences(count, 50, 20260131)) {
      if ((yield* differs(here, commands)) !== undefined) return yield* shortest(here, commands)
    }
    return undefined
  })

const options: Deployment.Options = { users: [Fixtures.user("admin", { role: "admin", apiKey: adminKey })] }

const client = (baseUrl?: string) =>
  Effect.map(
    Effect.context<HttpClient.HttpClient>(),
    (context): As =>
      (credentials) =>
        makeUsers({ baseUrl, credentials, retryPolicy: RetryPolicy.none }).pipe(
          Effect.scoped,
          Effect.provide(context),
          Effect.orDie,
        ),
  )

const inMemory = Effect.map(
  Effect.context<Deployment.Deployment>(),
  (context): As =>
    (credentials) =>
      Effect.provide(TestUsers.make({ credentials }), context),
)

const sequencesPerFace = inFull(200, 15)

describe(`the life of users: ${sequencesPerFace} random stories of 50 commands end as the model says`, () => {
  it.live(
    "over the wire in memory",
    () =>
      Effect.gen(function* () {
        assert.isUndefined(yield* check(yield* client(), sequencesPerFace))
      }).pipe(Effect.provide(TestHttpClient.layer(options)), Effect.withClock(clock)),
    60_000,
  )

  it.live(
    "over sockets",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* TestServer.TestServer
        assert.isUndefined(yield* check(yield* client(baseUrl), sequencesPerFace))
      }).pipe(Effect.provide(Layer.merge(TestServer.layer(options), NodeTransport.layer)), Effect.withClock(clock)),
    60_000,
  )

  it.live("and a mistake is found, and told as a short story", () =>
    Effect.gen(function* () {
      const as = yield* inMemory
      const forgetful: As = (credentials) =>
        Effect.map(as(credentials), (users) => ({
          ...users,
          // Forgets the new address when there is a new name too.
          updateUser: (id, request) =>
            users.updateUser(id, request.display_name === undefined ? request : { display_name: request.display_name }),
        }))
      const story = yield* check(forgetful, sequencesPerFace)
      assert.deepStrictEqual(story?.split("\n"), [
        "1. the owner gives the newest user the name “Countess” and the address “bob@example.com”: ok",
        "2. the admin registers “cleo” <bob@example.com> with “first”: 409 email",
        "   but it was: ok cleo <bob@example.com> (unconfirmed) “cleo”",
      ])
    }).pipe(Effect.provide(Deployment.layer(options)), Effect.withClock(clock)),
  )
})
