import { assert, describe, it } from "@effect/vitest"
import { type Operation, type OperationName, Operations } from "@effect-tiledb/schema"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Credential } from "../../src/internal/api/credential.js"
import { Failure } from "../../src/internal/api/failure.js"
import type { Call, Endpoint } from "../../src/internal/api/machine.js"
import { perform, type Request } from "../../src/internal/api/perform.js"
import * as Users from "../../src/internal/api/users.js"
import type { Options } from "../../src/internal/deployment/seed.js"
import { seed } from "../../src/internal/deployment/seed.js"

const people = [
  { username: "ada", role: "admin", apiKey: Redacted.make("key-of-ada"), bearer: Redacted.make("bearer-of-ada") },
  { username: "bob", confirmed: false },
  { username: "cleo" },
] as const

const basic = (username: string): Credential => ({ _tag: "Basic", username, password: `pw-${username}` })
const none: Credential = { _tag: "None" }

/** A deployment, and its result of a call as this caller, at the time 0. */
const world = (options: Options = {}) => {
  const { machine } = seed({ users: people, ...options }, 0)
  const request = (row: Operation, endpoint: Endpoint, more: Partial<Request> = {}, now = 0) =>
    perform(machine, { row, endpoint, credential: none, parameters: {}, query: "", body: undefined, ...more }, now)
  const call = (name: OperationName, credential: Credential, body?: unknown, user?: string) => {
    const row = Operations[name]
    const endpoint = Users.endpoints.get(row)
    assert(endpoint !== undefined)
    const target = user === undefined ? undefined : machine.state.byUsername(user)
    return request(row, endpoint, {
      credential,
      body,
      parameters: target === undefined ? {} : { user_id: target.user.id },
    })
  }
  const of = (username: string) => machine.state.byUsername(username)?.user
  const mails = (to: string) => machine.mailroom.find({ to }).map(({ kind }) => kind)
  return { call, machine, mails, of, request }
}

const refusal = (answer: unknown) => {
  assert(answer instanceof Failure, "it is refused")
  return [answer.status, ...answer.fields.map(({ field, message }) => `${field} ${message}`)]
}

const code = (answer: unknown) => (answer instanceof Failure ? answer.code : undefined)

describe("a call of any row", () => {
  const calls: Array<Call<unknown>> = []
  const handle = (_: unknown, call: Call<unknown>) => {
    calls.push(call)
    return undefined
  }
  const row: Operation = {
    ...{ name: "list", group: "Teams", method: "GET", path: "/teams/{team}", successStatus: 200 },
    query: Schema.Struct({ page: Schema.Int, size: Schema.optional(Schema.Int) }),
  }
  const open: Endpoint = { access: "anyone", handle }

  it("has its caller, token, parameters, query, body and time", () => {
    const { machine, request } = world()
    const { query: _, ...plain } = row
    calls.length = 0
    request(row, open, { query: "page=1&size=2", parameters: { team: "red" } }, 7)
    request(plain, { access: "user", handle }, { credential: basic("cleo"), query: "page=x", body: { a: 1 } })
    request(plain, open, { credential: { _tag: "ApiKey", key: "key-of-ada" } })
    assert.deepStrictEqual(calls, [
      {
        ...{ row, caller: undefined, token: "", parameters: { team: "red" }, query: { page: 1, size: 2 } },
        ...{ body: undefined, now: 7 },
      },
      {
        ...{ row: plain, caller: machine.state.byUsername("cleo"), token: "", parameters: {}, query: undefined },
        ...{ body: { a: 1 }, now: 0 },
      },
      {
        ...{ row: plain, caller: machine.state.byUsername("ada"), token: "key-of-ada", parameters: {} },
        ...{ query: undefined, body: undefined, now: 0 },
      },
    ])
  })

  it("is refused for its query, with each field, or for its body; but not to who may not call", () => {
    const { machine, request } = world()
    calls.length = 0
    assert.deepStrictEqual(refusal(request(row, open, { query: "size=x" })), [
      400,
      "page is required",
      "size is not valid",
    ])
    const body = new Failure("malformedJson", "")
    assert.strictEqual(request(row, open, { body }), body)
    assert.deepStrictEqual(refusal(request(row, { access: "user", handle }, { body })), [401])
    assert.deepStrictEqual(calls, [])
    assert.strictEqual(machine.rateLimiter, undefined)
  })

  it("is refused beyond the limit, with the seconds to wait", () => {
    const { request } = world({ rateLimit: { calls: 1, per: "3 seconds" } })
    const { query: _, ...plain } = row
    assert.isUndefined(request(plain, open))
    const limited = request(plain, open)
    assert.deepStrictEqual(refusal(limited), [429])
    assert(limited instanceof Failure)
    assert.strictEqual(limited.retryAfter, 3)
    assert.match(limited.requestId, /^req_/)
  })
})

describe("a credential", () => {
  const self = (credential: Credential, options: Options = {}) => {
    const answer = world(options).call("getSelfUser", credential)
    return answer instanceof Failure ? answer.code : answer
  }

  it("of each kind is that of its user, or of nobody", () => {
    const good: ReadonlyArray<Credential> = [
      { _tag: "ApiKey", key: "key-of-ada" },
      { _tag: "Several", key: "key-of-ada" },
      { _tag: "Bearer", token: "bearer-of-ada" },
      { _tag: "Basic", username: "ADA", password: "pw-ada" },
    ]
    for (const credential of good) assert.nestedPropertyVal(self(credential), "user.username", "ada")
    const wrong: ReadonlyArray<Credential> = [
      none,
      { _tag: "Unreadable" },
      { _tag: "ApiKey", key: "bearer-of-ada" },
      { _tag: "Several", key: "x" },
      { _tag: "Bearer", token: "key-of-ada" },
      { _tag: "Basic", username: "ada", password: "pw-bob" },
      basic("zoe"),
    ]
    for (const credential of wrong) assert.strictEqual(self(credential), 10301, JSON.stringify(credential))
  })

  it("that is wrong is refused where none is needed, too", () => {
    const { call } = world()
    const body = { username_or_email: "ada" }
    for (const credential of [{ _tag: "Unreadable" }, basic("zoe"), { _tag: "Bearer", token: "x" }] as const) {
      assert.deepStrictEqual(refusal(call("requestPasswordReset", credential, body)), [401])
    }
    assert.isUndefined(call("requestPasswordReset", none, body))
  })

  it("with a password is of no use before the address is confirmed, if the policy says so; except to ask for that", () => {
    const policy = { loginNeedsConfirmation: true }
    assert.strictEqual(self(basic("bob"), { policy }), 10302)
    assert.nestedPropertyVal(self(basic("bob")), "user.username", "bob")
    assert.nestedPropertyVal(self(basic("cleo"), { policy }), "user.username", "cleo")
    const { call } = world({ policy })
    assert.isUndefined(call("requestEmailConfirmation", basic("bob"), { username_or_email: "bob" }))
  })
})

describe("the body of a call", () => {
  const bodies: ReadonlyArray<readonly [OperationName, Credential, string | undefined]> = [
    ["createUser", none, undefined],
    ["changePassword", basic("bob"), undefined],
    ["requestEmailConfirmation", none, undefined],
    ["requestPasswordReset", none, undefined],
    ["updateUser", basic("bob"), "bob"],
  ]
  for (const [name, credential, user] of bodies) {
    it(`must be an object: ${name}`, () => {
      const { call } = world()
      for (const body of [undefined, null, [], "text", 1]) {
        assert.strictEqual(code(call(name, credential, body, user)), 10203)
      }
    })
  }

  it("has passwords that are long enough, and may be just that", () => {
    const { call, machine } = world({ policy: { minimumPasswordLength: 4 } })
    const eve = { username: "eve", email: "eve@example.com" }
    const short = "must have at least 4 characters"
    assert.deepStrictEqual(refusal(call("createUser", none, { ...eve, password: "abc" })), [400, `password ${short}`])
    assert.deepStrictEqual(refusal(call("createUser", none, eve)), [400, "password is required"])
    assert.notInstanceOf(call("createUser", none, { ...eve, password: "abcd" }), Failure)
    const change = (current_password?: string, new_password?: string) =>
      call("changePassword", basic("cleo"), { current_password, new_password })
    assert.deepStrictEqual(refusal(change("wrong", "abc")), [
      400,
      "current_password is not the current password",
      `new_password ${short}`,
    ])
    assert.deepStrictEqual(refusal(change(undefined, "abcd")), [400, "current_password is required"])
    assert.isUndefined(change("pw-cleo", "abcd"))
    assert.isUndefined(call("requestPasswordReset", none, { username_or_email: "ada" }))
    const [mail] = machine.mailroom.find({ to: "ada" })
    assert(mail !== undefined)
    assert.match(Redacted.value(mail.token), /^scoped_[0-9a-v]{40}$/)
    const key: Credential = { _tag: "ApiKey", key: Redacted.value(mail.token) }
    assert.deepStrictEqual(refusal(call("resetPassword", key, { new_password: "abc" })), [400, `new_password ${short}`])
    assert.isUndefined(call("resetPassword", key, { new_password: "abcd" }))
    assert.strictEqual(machine.state.byUsername("ada")?.password, "abcd")
  })

  it("has names and addresses of nobody else", () => {
    const { call } = world()
    const eve = { username: "eve", email: "eve@example.com", password: "p" }
    const both = call("createUser", none, { ...eve, username: "ADA", email: "BOB@example.com" })
    assert.deepStrictEqual(refusal(both), [409, "username is taken", "email is taken"])
    const one = call("createUser", none, { ...eve, email: "bob@example.com" })
    assert.deepStrictEqual(refusal(one), [409, "email is taken"])
    const update = (email: string) => call("updateUser", basic("bob"), { email }, "bob")
    assert.deepStrictEqual(refusal(update("ADA@example.com")), [409, "email is taken"])
    assert.deepStrictEqual(refusal(update("")), [400, "email must not be empty"])
  })
})

describe("a user", () => {
  const eve = { username: "eve", email: "eve@example.com", password: "p" }

  it("has what was given, or the defaults", () => {
    const { call, mails } = world({ policy: { defaultTimezone: "Europe/Athens" } })
    const plain = call("createUser", none, eve)
    assert.deepInclude(plain, { display_name: "eve", timezone: "Europe/Athens", role: "member", is_valid_email: false })
    assert.notProperty(plain, "image_id")
    const more = { ...eve, username: "fay", email: "f@example.com", display_name: "Fay", timezone: "UTC" }
    const given = call("createUser", none, { ...more, image: "data:" })
    assert.deepInclude(given, { display_name: "Fay", timezone: "UTC" })
    assert.property(given, "image_id")
    assert.notProperty(call("createUser", none, { ...more, username: "g", email: "g@e", image: "" }), "image_id")
    assert.deepStrictEqual([mails("eve"), mails("bob"), mails("cleo")], [["confirm_email"], ["confirm_email"], []])
  })

  it("is changed in what is given alone, and asked to confirm a new address alone", () => {
    const { call, mails, of } = world()
    const before = of("cleo")
    assert.isUndefined(call("updateUser", basic("cleo"), {}, "cleo"))
    assert.deepStrictEqual(of("cleo"), before)
    assert.isUndefined(call("updateUser", basic("cleo"), { email: "cleo@example.com", timezone: "UTC+1" }, "cleo"))
    assert.deepInclude(of("cleo"), { is_valid_email: true, timezone: "UTC+1", display_name: "cleo" })
    assert.deepStrictEqual(mails("cleo"), [])
    assert.isUndefined(call("updateUser", basic("cleo"), { display_name: "C" }, "cleo"))
    assert.deepInclude(of("cleo"), { timezone: "UTC+1", display_name: "C" })
    assert.isUndefined(call("updateUser", basic("cleo"), { email: "CLEO@example.com" }, "cleo"))
    assert.deepInclude(of("cleo"), { is_valid_email: false, email: "CLEO@example.com" })
    assert.deepStrictEqual(mails("cleo"), ["confirm_email"])
  })

  it("who is not there cannot be asked for", () => {
    const { call } = world()
    for (const name of ["getUser", "updateUser", "deleteUser"] as const) {
      assert.strictEqual(code(call(name, basic("cleo"), {})), 10401)
    }
    const nobody = { username_or_email: "zoe" }
    assert.strictEqual(code(call("requestEmailConfirmation", none, nobody)), 10401)
    assert.isUndefined(call("requestPasswordReset", none, nobody))
    const { call: silent, mails } = world({ policy: { confirmationForUnknown: 204 } })
    assert.isUndefined(silent("requestEmailConfirmation", none, nobody))
    assert.isUndefined(silent("requestEmailConfirmation", none, { username_or_email: "CLEO@example.com" }))
    assert.isUndefined(silent("requestPasswordReset", none, { username_or_email: "CLEO" }))
    assert.deepStrictEqual(mails("cleo"), ["confirm_email", "password_reset"])
  })

  it("sees who founded the workspace, gone or not", () => {
    const { call } = world({ workspaces: [{ name: "red", owner: "ada", members: ["cleo"] }] })
    assert.isUndefined(call("deleteUser", basic("ada"), undefined, "ada"))
    assert.nestedPropertyVal(call("getSelfUser", basic("cleo")), "workspaces[0].created_by.username", "ada")
  })
})

describe("who may", () => {
  // cleo owns the workspace that all are in; dan and eli are in no other, fay is in none.
  const users = [...people, { username: "dan" }, { username: "eli", role: "owner" }, { username: "fay" }] as const
  const workspaces = [{ name: "red", owner: "cleo", members: ["ada", "bob", "dan", "eli"] }]
  const names = [...users.map(({ username }) => username), "owner"]

  const allowed = (name: "getUser" | "updateUser", policy: Options["policy"] = {}) => {
    const { call } = world({ users, workspaces, policy })
    const may = (who: string) =>
      names.filter((whom) => !(call(name, basic(who), {}, whom) instanceof Failure)).join(" ")
    return Object.fromEntries(["ada", "cleo", "dan", "eli", "fay"].map((who) => [who, may(who)]))
  }

  it("change others: admins all but owners, owners all, who outranks members in their workspaces those", () => {
    assert.deepStrictEqual(allowed("updateUser"), {
      ada: "ada bob cleo dan fay",
      cleo: "bob cleo dan",
      dan: "dan",
      eli: "ada bob cleo dan eli fay owner",
      fay: "fay",
    })
  })

  it("read others: as the policy says", () => {
    const all = names.join(" ")
    assert.deepStrictEqual(allowed("getUser"), { ada: all, cleo: all, dan: all, eli: all, fay: all })
    const inRed = "ada bob cleo dan eli"
    const readUsers = "workspace"
    assert.deepStrictEqual(allowed("getUser", { readUsers }), {
      ada: all,
      cleo: inRed,
      dan: inRed,
      eli: all,
      fay: "fay",
    })
    assert.deepStrictEqual(allowed("getUser", { readUsers: "admins" }), {
      ada: all,
      cleo: "bob cleo dan",
      dan: "dan",
      eli: all,
      fay: "fay",
    })
  })

  it("create others: anyone, or admins and owners", () => {
    const create = (credential: Credential, policy: Options["policy"] = {}) => {
      const answer = world({ users, policy }).call("createUser", credential, {
        username: "x",
        email: "x@y.z",
        password: "x",
      })
      return answer instanceof Failure ? answer.code : "done"
    }
    const callers = [none, basic("dan"), basic("ada"), basic("eli")]
    assert.deepStrictEqual(
      callers.map((credential) => create(credential)),
      ["done", "done", "done", "done"],
    )
    assert.deepStrictEqual(
      callers.map((credential) => create(credential, { createUser: "admins" })),
      [10301, 10303, "done", "done"],
    )
  })
})

it("the result of getSelfUser has the user in a property, which faults know", () => {
  assert.strictEqual(Users.endpoints.get(Operations.getSelfUser)?.entity, "user")
  assert.strictEqual(Users.endpoints.size, Object.keys(Operations).length)
})
