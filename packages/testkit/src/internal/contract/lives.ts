import { Credentials, type TileDBError, Users } from "@effect-tiledb/client"
import type { OperationName, User } from "@effect-tiledb/schema"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Mailbox from "../../Mailbox.js"
import { Callers, type Case, fails, fieldsOf, holds, make, same, tokenFor, type Violation, works } from "./check.js"

type Needs = Users.Users | Callers | Mailbox.Mailbox
type LifeCase = Case<never, Needs>

const life = make<Needs>

const first = Redacted.make("first password")
const second = Redacted.make("second password")

const ada = { username: "ada", email: "ada@example.com", password: first }
const bob = { username: "bob", email: "bob@example.com", password: first }

const as = (credentials: Credentials.Credentials) => Effect.flatMap(Callers, (callers) => callers.as(credentials))

const asUser = (username: string, password: Redacted.Redacted<string>) => as(Credentials.basic(username, password))

const anonymous = as(Credentials.anonymous)

const register = (request: typeof ada): Effect.Effect<User, Violation, Users.Users> =>
  Effect.flatMap(Users.Users, (users) => works(users.createUser(request)))

const refusesSession = (users: Users.Service): Effect.Effect<TileDBError.TileDBError, Violation> =>
  fails("getSelfUser", users.getSelfUser, "ApiError 401")

/**
 * The cases that need a deployment of their own, by operation: the type requires at least one case of every operation.
 */
const byOperation: { readonly [Name in OperationName]: LifeCase | Arr.NonEmptyReadonlyArray<LifeCase> } = {
  changePassword: life("changePassword takes the current password and kills reset tokens", function* () {
    const visitor = yield* anonymous
    yield* register(ada)
    yield* works(visitor.requestPasswordReset({ username_or_email: "ada" }))
    const token = yield* tokenFor("ada", "password_reset")
    const self = yield* asUser("ada", first)
    const change = (current: typeof first) => self.changePassword({ current_password: current, new_password: second })
    const error = yield* fails("changePassword", change(second), "ApiError 400")
    yield* same("fields", fieldsOf(error), ["current_password"])
    yield* works(change(first))
    yield* refusesSession(self)
    yield* works((yield* asUser("ada", second)).getSelfUser)
    yield* fails("resetPassword", visitor.resetPassword(token, { new_password: first }), "ApiError 401")
  }),
  confirmEmail: life("confirmEmail confirms with the token from the e-mail, once", function* (users) {
    const { id } = yield* register(ada)
    const token = yield* tokenFor("ada", "confirm_email")
    yield* works(users.confirmEmail(token))
    yield* same("is_valid_email", (yield* works(users.getUser(id))).is_valid_email, true)
    yield* fails("confirmEmail again", users.confirmEmail(token), "ApiError 401")
  }),
  createUser: [
    life(
      "createUser registers a member whose address is to be confirmed, and getUser reads the same",
      function* (users) {
        const created = yield* works(
          users.createUser({
            ...ada,
            display_name: "Ada",
            timezone: "Europe/London",
            image: "data:image/png;base64,AA==",
          }),
        )
        const { username, email, display_name, timezone, role, is_valid_email } = created
        yield* same(
          "the user",
          [username, email, display_name, timezone, role, is_valid_email],
          ["ada", "ada@example.com", "Ada", "Europe/London", "member", false],
        )
        yield* holds("the picture has an id", created.image_id !== undefined)
        yield* same("getUser", yield* works(users.getUser(created.id)), created)
      },
    ),
    life("createUser takes each username and address once, in any case, and says which is taken", function* (users) {
      yield* register(ada)
      const create = (username: string, email: string) =>
        fails("createUser", users.createUser({ username, email, password: first }), "ApiError 409")
      yield* same("fields", fieldsOf(yield* create("ADA", "other@example.com")), ["username"])
      yield* same("fields", fieldsOf(yield* create("other", "Ada@Example.com")), ["email"])
      yield* same("fields", fieldsOf(yield* create("Ada", "ADA@example.com")), ["username", "email"])
    }),
    life("createUser names all the fields that are wrong", function* (users) {
      const request = { username: "", email: "", password: first }
      const error = yield* fails("createUser", users.createUser(request), "ApiError 400")
      yield* same("fields", fieldsOf(error).toSorted(), ["email", "username"])
    }),
    life("of many who register the same name at once, one gets it", function* (users) {
      const race = Array.from({ length: 20 }, (_, index) => ({ ...ada, email: `ada${index}@example.com` }))
      const results = yield* Effect.forEach(race, (request) => Effect.either(users.createUser(request)), {
        concurrency: "unbounded",
      })
      yield* same("winners", results.filter(({ _tag }) => _tag === "Right").length, 1)
    }),
  ],
  deleteUser: [
    life("a member changes and deletes nobody else; an owner may", function* (users) {
      const { id } = yield* register(bob)
      yield* register(ada)
      const member = yield* asUser("ada", first)
      yield* fails("updateUser", member.updateUser(id, { timezone: "UTC" }), "ApiError 403")
      yield* fails("deleteUser", member.deleteUser(id), "ApiError 403")
      yield* works(users.updateUser(id, { timezone: "Asia/Tokyo" }))
      yield* works(users.deleteUser(id))
    }),
    life("a deleted user is NotFound, can no longer log in, and leaves the name to others", function* (users) {
      const { id } = yield* register(ada)
      const token = yield* tokenFor("ada", "confirm_email")
      const self = yield* asUser("ada", first)
      yield* works(self.deleteUser(id))
      yield* refusesSession(self)
      yield* fails("confirmEmail", users.confirmEmail(token), "ApiError 401")
      yield* fails("getUser", users.getUser(id), "NotFound")
      yield* fails("updateUser", users.updateUser(id, { timezone: "UTC" }), "NotFound")
      yield* fails("deleteUser", users.deleteUser(id), "NotFound")
      yield* holds("the id is new", (yield* register(ada)).id !== id)
    }),
  ],
  getSelfUser: life("a wrong credential is refused, even where none is needed", function* () {
    yield* register(ada)
    const wrong = [
      Credentials.apiKey(Redacted.make("tiledb_wrong")),
      Credentials.bearer(Redacted.make("wrong")),
      Credentials.basic("ada", second),
      Credentials.basic("nobody", first),
    ]
    for (const credentials of wrong) {
      const users = yield* as(credentials)
      yield* refusesSession(users)
      yield* fails("createUser", users.createUser(bob), "ApiError 401")
    }
  }),
  getUser: life("each error names its operation and has a request id of its own", function* () {
    const visitor = yield* anonymous
    const errors = [yield* refusesSession(visitor), yield* refusesSession(visitor)]
    const ids = errors.map((error) => ("requestId" in error ? error.requestId : undefined))
    yield* same(
      "operations",
      errors.map(({ operation }) => operation),
      ["getSelfUser", "getSelfUser"],
    )
    yield* holds(
      "there are request ids",
      ids.every((id) => id !== undefined && id !== ""),
    )
    yield* holds("they differ", ids[0] !== ids[1])
  }),
  requestEmailConfirmation: life(
    "requestEmailConfirmation sends another token, by username or by address",
    function* (users) {
      yield* register(ada)
      for (const username_or_email of ["ada", "ADA@example.com"]) {
        const before = yield* tokenFor("ada", "confirm_email")
        yield* works(users.requestEmailConfirmation({ username_or_email }))
        yield* holds(
          "the token is new",
          Redacted.value(yield* tokenFor("ada", "confirm_email")) !== Redacted.value(before),
        )
      }
    },
  ),
  requestPasswordReset: [
    life("somebody who is not signed in may register and ask for e-mails, and nothing else", function* () {
      const visitor = yield* anonymous
      const { id } = yield* works(visitor.createUser(ada))
      yield* works(visitor.requestPasswordReset({ username_or_email: "ada" }))
      yield* works(visitor.requestEmailConfirmation({ username_or_email: "ada" }))
      yield* refusesSession(visitor)
      yield* fails("getUser", visitor.getUser(id), "ApiError 401")
      yield* fails("updateUser", visitor.updateUser(id, { timezone: "UTC" }), "ApiError 401")
      yield* fails("deleteUser", visitor.deleteUser(id), "ApiError 401")
      const change = { current_password: first, new_password: second }
      yield* fails("changePassword", visitor.changePassword(change), "ApiError 401")
    }),
    life("requestPasswordReset succeeds for everybody, and sends e-mails to users only", function* (users) {
      yield* register(ada)
      yield* works(users.requestPasswordReset({ username_or_email: "nobody@example.com" }))
      yield* same("e-mails", yield* Mailbox.count({ kind: "password_reset" }), 0)
      yield* works(users.requestPasswordReset({ username_or_email: "ada@example.com" }))
      yield* same("e-mails", yield* Mailbox.count({ kind: "password_reset", to: "ada" }), 1)
    }),
  ],
  resetPassword: [
    life("resetPassword sets a new password with the token, once; the old one is dead", function* () {
      const visitor = yield* anonymous
      yield* register(ada)
      yield* works(visitor.requestPasswordReset({ username_or_email: "ada" }))
      const token = yield* tokenFor("ada", "password_reset")
      yield* works(visitor.resetPassword(token, { new_password: second }))
      yield* works((yield* asUser("ada", second)).getSelfUser)
      yield* refusesSession(yield* asUser("ada", first))
      yield* fails("resetPassword again", visitor.resetPassword(token, { new_password: first }), "ApiError 401")
    }),
    life("a scoped token is good for its own operation and for no session", function* (users) {
      yield* register(ada)
      yield* works(users.requestPasswordReset({ username_or_email: "ada" }))
      const confirm = yield* tokenFor("ada", "confirm_email")
      const reset = yield* tokenFor("ada", "password_reset")
      yield* fails("confirmEmail", users.confirmEmail(reset), "ApiError 401")
      yield* fails("resetPassword", users.resetPassword(confirm, { new_password: second }), "ApiError 401")
      for (const token of [confirm, reset]) {
        yield* refusesSession(yield* as(Credentials.apiKey(token)))
        yield* refusesSession(yield* as(Credentials.bearer(token)))
      }
      yield* works(users.confirmEmail(confirm))
      yield* works(users.resetPassword(reset, { new_password: second }))
    }),
  ],
  updateUser: [
    life("updateUser changes what is given and leaves the rest", function* (users) {
      const before = yield* register(ada)
      yield* works(users.updateUser(before.id, { display_name: "Countess", timezone: "Europe/London" }))
      const after = yield* works(users.getUser(before.id))
      const { updated_at } = after
      const changed = { ...before, display_name: "Countess", timezone: "Europe/London" }
      yield* same("the user", after, updated_at === undefined ? changed : { ...changed, updated_at })
      yield* works(users.updateUser(before.id, {}))
    }),
    life("a new address is unconfirmed, gets a token of its own, and must be nobody else's", function* (users) {
      yield* register(bob)
      const { id } = yield* register(ada)
      const old = yield* tokenFor("ada@example.com", "confirm_email")
      const error = yield* fails("updateUser", users.updateUser(id, { email: "BOB@example.com" }), "ApiError 409")
      yield* same("fields", fieldsOf(error), ["email"])
      yield* works(users.updateUser(id, { email: "countess@example.com" }))
      const moved = yield* works(users.getUser(id))
      yield* same("the address", [moved.email, moved.is_valid_email], ["countess@example.com", false])
      yield* fails("confirmEmail", users.confirmEmail(old), "ApiError 401")
      yield* works(users.confirmEmail(yield* tokenFor("countess@example.com", "confirm_email")))
      yield* same("is_valid_email", (yield* works(users.getUser(id))).is_valid_email, true)
    }),
  ],
}

export const cases: ReadonlyArray<LifeCase> = Object.values(byOperation).flatMap(Arr.ensure)
