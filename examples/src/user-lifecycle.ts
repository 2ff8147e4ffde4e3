/**
 * The life of a user in all ten operations, through the real client over real HTTP.
 *
 * Against a deployment in memory by default; against a live one when TILEDB_REST_HOST and TILEDB_REST_TOKEN are set. There
 * it only reads: the rest requires a mailbox, or changes an account.
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Credentials, TileDBClient, TileDBConfig, type TileDBError, Users } from "@effect-tiledb/client"
import { type OperationName, UserId } from "@effect-tiledb/schema"
import { Mailbox, TestServer } from "@effect-tiledb/testkit"
import { Config, Console, Effect, Layer, Option, Redacted } from "effect"
import { teardown } from "./example.js"
import * as Story from "./story.js"

const nobody = UserId.make("usr_00000000000000000000")

/** The caller's client: each person in the story has a credential, so each has a client. */
const clientOf = (baseUrl: string, credentials: Credentials.Credentials) =>
  Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, TileDBClient.make({ baseUrl, credentials }))

/** Turns the failure that the story expects into its success, and everything else into its failure. */
const notFound = (read: ReturnType<Users.Service["getUser"]>) =>
  read.pipe(
    Effect.flatMap((user) => Effect.dieMessage(`${user.id} should not be there`)),
    Effect.catchTag("NotFound", Effect.succeed),
  )

const told = (error: TileDBError.NotFound) => `a typed error: ${error._tag}, “${error.message}”`

const wholeLife = (baseUrl: string, ownerKey: Redacted.Redacted<string>) =>
  Effect.gen(function* () {
    const { done, step } = yield* Story.Story
    const first = Redacted.make("first light 1843")
    const second = Redacted.make("second light 1844")
    const third = Redacted.make("third light 1845")
    const visitor = yield* clientOf(baseUrl, Credentials.anonymous)
    const owner = yield* clientOf(baseUrl, Credentials.apiKey(ownerKey))
    const ada = { username: "ada", email: "ada@example.com" }

    const registered = yield* step(
      "Ada registers",
      visitor.createUser({ ...ada, password: first, display_name: "Ada Lovelace" }),
      (user) =>
        `${user.display_name} is ${user.id}; address ${user.is_valid_email ? "confirmed" : "not confirmed yet"}`,
    )
    yield* step(
      "The e-mail is lost, so she asks for another",
      visitor.requestEmailConfirmation({ username_or_email: ada.email }),
      () => "on its way",
    )
    const confirmation = yield* Mailbox.latest({ to: ada.username, kind: "confirm_email" })
    yield* step(
      "She confirms her address with the token in it",
      Effect.flatMap(confirmation, (mail) => visitor.confirmEmail(mail.token)),
      () => "confirmed; the token is used up",
    )
    const self = yield* clientOf(baseUrl, Credentials.basic(ada.username, first))
    yield* step(
      "She reads herself, with HTTP Basic",
      self.getSelfUser,
      ({ user, workspaces }) =>
        `${user.username} <${user.email}>, a ${user.role} of ${workspaces.map((_) => _.name).join(", ") || "no workspace"}`,
    )
    yield* step(
      "The owner reads her, with an API key",
      owner.getUser(registered.id),
      (user) => `address ${user.is_valid_email ? "confirmed" : "not confirmed yet"}`,
    )
    yield* step(
      "She changes her name and time zone",
      self.updateUser(registered.id, { display_name: "Countess of Lovelace", timezone: "Europe/London" }),
      () => "changed; the rest stays",
    )
    yield* step(
      "She changes her password",
      self.changePassword({ current_password: first, new_password: second }),
      () => "changed",
    )
    yield* step(
      "She forgets it, and asks for a reset",
      visitor.requestPasswordReset({ username_or_email: ada.username }),
      () => "accepted, as it is for everybody",
    )
    const reset = yield* Mailbox.latest({ to: ada.username, kind: "password_reset" })
    yield* step(
      "She sets a new one with the token",
      Effect.flatMap(reset, (mail) => visitor.resetPassword(mail.token, { new_password: third })),
      () => "set; the token is used up",
    )
    const again = yield* clientOf(baseUrl, Credentials.basic(ada.username, third))
    yield* step("It works", again.getSelfUser, ({ user }) => `hello, ${user.display_name}`)
    yield* step("The owner deletes her", owner.deleteUser(registered.id), () => "gone")
    yield* step("The deleted user is not found", notFound(owner.getUser(registered.id)), told)
    yield* done
  })

const readOnly = (baseUrl: string, key: Redacted.Redacted<string>) =>
  Effect.gen(function* () {
    const { done, skip, step } = yield* Story.Story
    const users = yield* clientOf(baseUrl, Credentials.apiKey(key))
    const { user } = yield* step("Who am I?", users.getSelfUser, (self) => `${self.user.username}, ${self.user.role}`)
    yield* step("Read that user", users.getUser(user.id), (same) => same.display_name)
    yield* step("Read a user that is not there", notFound(users.getUser(nobody)), told)
    const mail = "the token is in a person's mailbox"
    const account = "it would change a real account"
    const skipped: ReadonlyArray<readonly [OperationName, string]> = [
      ["createUser", "it would leave an account behind"],
      ["requestEmailConfirmation", "it would send an e-mail"],
      ["confirmEmail", mail],
      ["updateUser", account],
      ["changePassword", account],
      ["requestPasswordReset", "it would send an e-mail"],
      ["resetPassword", mail],
      ["deleteUser", account],
    ]
    for (const [operation, why] of skipped) yield* skip(operation, why)
    yield* done
  })

const live = Config.option(
  Config.all({
    baseUrl: Config.mapOrFail(Config.nonEmptyString("TILEDB_REST_HOST"), TileDBConfig.baseUrlFromHost),
    token: Config.redacted(Config.nonEmptyString("TILEDB_REST_TOKEN")),
  }),
)

const main = Effect.gen(function* () {
  const configured = yield* live
  if (Option.isSome(configured)) {
    const { baseUrl, token } = configured.value
    yield* Console.log(`Reading from the deployment at ${baseUrl}\n`)
    return yield* readOnly(baseUrl, token)
  }
  yield* Effect.gen(function* () {
    const server = yield* TestServer.TestServer
    yield* Console.log(`The life of a user, in a deployment in memory at ${server.baseUrl}\n`)
    yield* wholeLife(server.baseUrl, server.apiKey)
  }).pipe(Effect.provide(TestServer.layer({ seed: 1843 })))
})

NodeRuntime.runMain(
  main.pipe(Effect.scoped, Effect.provide(Layer.provideMerge(Story.layer, NodeHttpClient.layerUndici))),
  { teardown },
)
