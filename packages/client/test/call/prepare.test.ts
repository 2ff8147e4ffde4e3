import { assert, describe, it } from "@effect/vitest"
import { type Operation, Operations, type ScopedToken } from "@effect-tiledb/schema"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { prepare } from "../../src/internal/call/prepare.js"
import type { Given } from "../../src/internal/call.js"

const id = "usr_9m4e2mr0ui3e8a215n4g"
const given = { username: "ada", email: "ada@example.com", password: Redacted.make("hunter22") }
const token = (text: string): ScopedToken => Redacted.make(text) as ScopedToken

/** An operation of another group of the API. */
const operation = (more: Partial<Operation>): Operation => ({
  name: "thing",
  method: "POST",
  group: "Things",
  path: "/things",
  successStatus: 204,
  ...more,
})

const prepared = (of: Operation, input: Given) => Either.getOrThrow(prepare(of, input))

/** What is wrong, as it is told. */
const problems = (of: Operation, input: Given): ReadonlyArray<string> => {
  const result = prepare(of, input)
  assert(Either.isLeft(result), "it would be sent")
  assert.strictEqual(result.left._tag, "InvalidRequest")
  assert.strictEqual(result.left.operation, of.name)
  return result.left.issues.map(({ message, path }) => `${path} ${message}`)
}

describe("the path of a call", () => {
  const parts = operation({
    path: "/things/{thing_id}/parts/{part_no}",
    pathParameters: { thing_id: Schema.String, part_no: Schema.String },
  })

  it("has the value of each parameter in its place", () => {
    const call = prepared(Operations.getUser, { path: { user_id: id } })
    assert.deepStrictEqual([call.path, call.parameters], [`/users/${id}`, { user_id: id }])
    assert.deepStrictEqual(prepared(parts, { path: { thing_id: "a.b", part_no: "~7$&".slice(0, 2) } }).parameters, {
      thing_id: "a.b",
      part_no: "~7",
    })
    assert.strictEqual(prepared(parts, { path: { thing_id: "x", part_no: "y" } }).path, "/things/x/parts/y")
    assert.strictEqual(prepared(Operations.getSelfUser, {}).path, "/users/self")
  })

  it("takes for a parameter what is one segment as it stands", () => {
    for (const value of ["a", "A_1", "-", "~", "a.b", "a.", "a..b"]) {
      assert.strictEqual(prepared(parts, { path: { thing_id: value, part_no: "1" } }).path, `/things/${value}/parts/1`)
    }
    for (const [name, segment] of [
      ["My Team", "My%20Team"],
      ["\u00c9quipe", "%C3%89quipe"],
      ["team@x", "team%40x"],
      [".a", ".a"],
      ["50% off?#;", "50%25%20off%3F%23%3B"],
    ]) {
      const { parameters, path } = prepared(parts, { path: { thing_id: name, part_no: "1" } })
      assert.deepStrictEqual([path, parameters.thing_id], [`/things/${segment}/parts/1`, name])
    }
    const expected = "should be a name or an id: one segment of a path"
    for (const value of [
      "",
      ".",
      "..",
      "a/b",
      "/",
      "a\\b",
      "a%2e",
      "%2F",
      "a\n",
      "\u0000",
      "\ud800",
      undefined,
      null,
    ]) {
      assert.deepStrictEqual(problems(parts, { path: { thing_id: value, part_no: "1" } }), [`thingId ${expected}`])
    }
    assert.deepStrictEqual(problems(parts, { path: { thing_id: 1, part_no: "1" } }), ["thingId should be a string"])
    assert.deepStrictEqual(problems(parts, {}), [`thingId ${expected}`, `partNo ${expected}`])
  })

  it("takes for a user's id what the service may have given", () => {
    for (const value of ["u1", "ada", "0190f5c6-7b1e"]) {
      assert.strictEqual(prepared(Operations.getUser, { path: { user_id: value } }).path, `/users/${value}`)
    }
    for (const value of ["", "self", "usr_", "a@b", `${id}/..`, undefined, Object.create(null), "usr_x\ud800"]) {
      const [problem, ...more] = problems(Operations.getUser, { path: { user_id: value } })
      assert.match(problem ?? "", /^userId should be a /)
      assert.deepStrictEqual(more, [])
    }
  })

  it("has the rule of each parameter from its schema", () => {
    const pathParameters = { number: Schema.NumberFromString.pipe(Schema.int()) }
    const numbered = operation({ path: "/things/{number}", pathParameters })
    assert.strictEqual(prepared(numbered, { path: { number: 7 } }).path, "/things/7")
    assert.deepStrictEqual(problems(numbered, { path: { number: 7.5 } }), ["number should be an integer"])
  })

  it("ends with the query, where there is one", () => {
    const query = Schema.Struct({ page: Schema.optional(Schema.Number), name: Schema.optional(Schema.String) })
    const search = operation({ method: "GET", query })
    assert.strictEqual(prepared(search, { query: { page: 2, name: "a b&c" } }).path, "/things?page=2&name=a+b%26c")
    assert.strictEqual(prepared(search, { query: { page: 0 } }).path, "/things?page=0")
    for (const query of [{}, undefined, { page: undefined }]) {
      assert.strictEqual(prepared(search, { query }).path, "/things")
    }
    assert.deepStrictEqual(problems(search, { query: { pag: 2 } }), [
      "pag is not a known field; use one of: page, name",
    ])
    assert.deepStrictEqual(problems(search, { query: { page: "2" } }), ["page should be a number"])
    assert.strictEqual(prepared(operation({ method: "GET" }), { query: { page: 2 } }).path, "/things")
  })
})

describe("the token of a call", () => {
  it("is what authorises it, where the operation takes one", () => {
    const secret = token("scoped_1")
    assert.strictEqual(prepared(Operations.confirmEmail, { token: secret }).token, secret)
    assert.notProperty(prepared(Operations.getSelfUser, { token: secret }), "token")
  })

  it("has to be one that a header can carry", () => {
    assert.deepStrictEqual(problems(Operations.confirmEmail, { token: token("") }), ["token must not be empty"])
    assert.deepStrictEqual(problems(Operations.confirmEmail, {}), [
      "token must be text inside Redacted: Redacted.make(…)",
    ])
  })
})

describe("the body of a call", () => {
  it("is encoded, inside Redacted, with its secrets beside it", () => {
    const { body, secrets } = prepared(Operations.createUser, { request: given })
    assert(body !== undefined)
    assert.deepStrictEqual(Redacted.value(body), { username: "ada", email: "ada@example.com", password: "hunter22" })
    assert.deepStrictEqual(secrets, [given.password])
    const none = prepared(Operations.getSelfUser, { request: given })
    assert.deepStrictEqual([none.body, none.secrets], [undefined, []])
  })

  it("has its secrets found wherever the schema has them", () => {
    interface Tree {
      readonly key: Redacted.Redacted<string>
      readonly below: ReadonlyArray<Tree>
    }
    interface TreeEncoded {
      readonly key: string
      readonly below: ReadonlyArray<TreeEncoded>
    }
    const secret = Schema.Redacted(Schema.String)
    const tree: Schema.Schema<Tree, TreeEncoded> = Schema.Struct({
      key: secret,
      below: Schema.Array(Schema.suspend(() => tree)),
    })
    const request = Schema.Struct({
      open: Schema.Trim,
      count: Schema.Number,
      list: Schema.Array(secret),
      pair: Schema.Tuple(Schema.String, secret),
      more: Schema.Tuple([secret], Schema.String),
      either: Schema.Union(Schema.Number, Schema.Struct({ one: secret })),
      record: Schema.Record({ key: Schema.String, value: secret }),
      checked: Schema.Struct({ two: secret }).pipe(Schema.filter(() => true)),
      maybe: Schema.Struct({ three: Schema.optionalWith(secret, { default: () => Redacted.make("d") }) }),
      tree,
    })
    const text = (value: string) => Redacted.make(value)
    const { secrets } = prepared(operation({ request }), {
      request: {
        open: "open",
        count: 1,
        list: [text("list-1"), text("list-2")],
        pair: ["open", text("pair")],
        more: [text("more"), "open"],
        either: { one: text("either") },
        record: { a: text("record-1"), b: text("record-2") },
        checked: { two: text("checked") },
        maybe: { three: text("maybe") },
        tree: { key: text("tree-1"), below: [{ key: text("tree-2"), below: [] }] },
      },
    })
    assert.deepStrictEqual(secrets.map((one) => Redacted.value(one)).toSorted(), [
      "checked",
      "either",
      "list-1",
      "list-2",
      "maybe",
      "more",
      "pair",
      "record-1",
      "record-2",
      "tree-1",
      "tree-2",
    ])
    // What may be one thing or another is neither read as the other.
    const other = Schema.Struct({
      either: request.fields.either,
      list: Schema.Union(Schema.Number, request.fields.list),
      record: Schema.Union(Schema.Number, request.fields.record),
    })
    const none = prepared(operation({ request: other }), { request: { either: 1, list: 1, record: 1 } })
    assert.deepStrictEqual(none.secrets, [])
  })

  it("has to be as documented: all that is wrong is told at once, by path, without values", () => {
    const { email: _, ...rest } = given
    assert.deepStrictEqual(
      problems(Operations.createUser, { request: { ...rest, username: 1, password: "hunter22" } }).toSorted(),
      ["email is missing", "password should be text inside Redacted: Redacted.make(…)", "username should be a string"],
    )
    const both = { token: token(""), request: {} }
    assert.deepStrictEqual(problems(Operations.resetPassword, both), [
      "token must not be empty",
      "new_password is missing",
    ])
  })

  it("that cannot be read is refused, and what it throws is not repeated", () => {
    const getter = {
      ...given,
      get username(): string {
        throw new Error("hunter22")
      },
    }
    const wiped = { ...given, password: Redacted.make("hunter22") }
    Redacted.unsafeWipe(wiped.password)
    const hostile = new Proxy(given, {
      ownKeys() {
        throw new Error("hunter22")
      },
    })
    for (const request of [getter, wiped, hostile]) {
      assert.deepStrictEqual(problems(Operations.createUser, { request }), [" cannot be read"])
    }
  })
})

describe("arguments that are refused say whom they are about", () => {
  const subject = (of: Operation, input: Given) => {
    const result = prepare(of, input)
    assert(Either.isLeft(result), "it would be sent")
    const { email, userId, username } = result.left
    return { userId, username, email: email === undefined ? undefined : Redacted.value(email) }
  }
  const nobody = { userId: undefined, username: undefined, email: undefined }

  it("by the id in the path, if it is one", () => {
    const request = { display_name: 1, username: "ada" }
    assert.deepStrictEqual(subject(Operations.updateUser, { path: { user_id: id }, request }), {
      ...nobody,
      userId: id as never,
    })
    assert.deepStrictEqual(subject(Operations.updateUser, { path: { user_id: "a/b" }, request }), nobody)
  })

  it("by what the row names, as arguments, as far as it is valid, no address and no secret", () => {
    const secret = Redacted.make("hunter22")
    const row = operation({
      path: "/things/{workspace}/{thing_id}",
      pathParameters: { workspace: Schema.String, thing_id: Schema.String },
      request: Schema.Struct({ label: Schema.String, key: Schema.Redacted(Schema.String), count: Schema.Number }),
      subject: ["workspace", "thing_id", "label"],
    })
    const subjectIn = (path: object, label: unknown) => {
      const result = prepare(row, { path, request: { label, key: secret, count: "7" } })
      assert(Either.isLeft(result))
      return result.left.subject
    }
    assert.deepStrictEqual(subjectIn({ workspace: "My Team", thing_id: "t_1" }, "red"), {
      workspace: "My Team",
      thingId: "t_1",
      label: "red",
    })
    assert.deepStrictEqual(subjectIn({ workspace: "..", thing_id: "t@1" }, "hunter22"), undefined)
  })

  it("and not by a name that the operation does not take", () => {
    const request = { username: "ada", email: "ada@example.com" }
    assert.deepStrictEqual(subject(Operations.changePassword, { request }), nobody)
  })

  it("or by the names of the user to be created, as far as they are there", () => {
    const { email, username } = given
    assert.deepStrictEqual(subject(Operations.createUser, { request: { ...given, more: 1 } }), {
      ...nobody,
      username,
      email,
    })
    assert.deepStrictEqual(subject(Operations.createUser, { request: { ...given, email: 1 } }), { ...nobody, username })
    assert.deepStrictEqual(subject(Operations.createUser, { request: { ...given, username: 1 } }), { ...nobody, email })
    const hostile = {
      ...given,
      get username(): string {
        throw new Error("hunter22")
      },
    }
    assert.deepStrictEqual(subject(Operations.createUser, { request: hostile }), { ...nobody, email })
    for (const request of [undefined, null, "ada"]) {
      assert.deepStrictEqual(subject(Operations.createUser, { request }), nobody)
    }
  })
})

describe("a field that nobody knows is told by its name", () => {
  const names = (input: Given, of: Operation = Operations.createUser) =>
    problems(of, input).map((problem) => problem.split(" ")[0])

  it("unless it is called like a secret of the arguments, however that is given", () => {
    assert.deepStrictEqual(names({ request: { ...given, usernam: 1 } }), ["usernam"])
    assert.deepStrictEqual(names({ request: { ...given, hunter22: 1 } }), ["<redacted>"])
    const symbol = { ...given, [Symbol("s")]: Redacted.make("hunter33"), hunter33: 1 }
    assert.include(names({ request: symbol }), "<redacted>")
    assert.notInclude(problems(Operations.createUser, { request: symbol }).join(), "hunter33")
    const reset = { token: token("scoped_1"), request: { new_password: given.password, scoped_1: 1 } }
    assert.deepStrictEqual(names(reset, Operations.resetPassword), ["<redacted>"])
    class Request {
      username = "ada"
      email = "ada@example.com"
      hunter22 = 1
      get password() {
        return given.password
      }
    }
    assert.include(names({ request: new Request() }), "<redacted>")
    const broken = {
      ...given,
      hunter22: 1,
      get other(): string {
        throw new Error("hunter22")
      },
    }
    for (const problem of problems(Operations.createUser, { request: broken })) assert.notInclude(problem, "hunter22")
  })

  it("and by no more of its path than fits a line", () => {
    const [one, two] = ["a".repeat(64), "b".repeat(64)]
    assert(one !== undefined && two !== undefined)
    const request = Schema.Struct({ [one]: Schema.Struct({ [two]: Schema.String }) })
    const [path] = names({ request: { [one]: { [two]: 1 } } }, operation({ request }))
    assert.strictEqual(path, `${one}.${"b".repeat(34)}…`)
  })

  it("also where the arguments are no object", () => {
    for (const request of [null, undefined, "ada", 1]) {
      assert.deepStrictEqual(problems(Operations.createUser, { request }), [" should be an object"])
    }
  })
})
