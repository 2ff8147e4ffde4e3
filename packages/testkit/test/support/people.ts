// What the tests of the groups about people share: calls as lines, as an HTTP client would write them.
import { type Deployment, Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { basic, fieldsOf, idOf, send } from "./raw.js"

/** ann owns `red` (ws_red), bea is its admin, cem and dan belong to it; eli and fay are outside. */
const users = ["ann", "bea", "cem", "dan", "eli", "fay"].map((name) => Fixtures.user(name))
export const red = {
  name: "red",
  id: "ws_red",
  owner: "ann",
  admins: ["bea"],
  members: ["cem", "dan"],
  description: "Rot",
}

export const world = (people: NonNullable<Deployment.PartialPolicy["people"]> = {}, more: Deployment.Options = {}) =>
  TestHttpClient.layer({ users, workspaces: [red], policy: { people }, ...more })

export interface Person {
  readonly user_id: string
  readonly username: string
  readonly email: string
  readonly role: string
  readonly added_by: string
  readonly deleted_at?: string
}

const Body = Schema.parseJson(
  Schema.Struct({
    data: Schema.optional(Schema.Any),
    code: Schema.optional(Schema.Number),
    pagination_metadata: Schema.optional(Schema.Any),
  }),
)

/** Calls as somebody with a username, or with these headers; `{ann}` in the path is the id of ann. */
export const call = (caller: string | Readonly<Record<string, string>>, line: string, json?: unknown) =>
  Effect.gen(function* () {
    const [method, path = ""] = line.split(" ", 2)
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name)
    const ids = yield* Effect.forEach(names, idOf)
    const target = names.reduce((text, name, index) => text.replace(`{${name}}`, String(ids[index])), path)
    const headers = typeof caller === "string" ? basic(caller) : caller
    const answer = yield* send(method as "GET", target, { headers, ...(json === undefined ? {} : { json }) })
    const body = answer.text === "" ? {} : Schema.decodeUnknownSync(Body)(answer.text)
    const fields = answer.status >= 400 ? fieldsOf(answer) : []
    return { status: answer.status, data: body.data, pagination: body.pagination_metadata, code: body.code, fields }
  })

/** The status alone, with the fields that are refused. */
export const outcome = (...args: Parameters<typeof call>) =>
  Effect.map(call(...args), ({ fields, status }) => [status, ...fields].join(" "))

/** The usernames of a page of members. */
export const namesOn = (caller: string, query = "", workspace = "red") =>
  Effect.map(call(caller, `GET /workspaceusers/${workspace}${query}`), ({ data, status }) =>
    status === 200 ? data.map(({ username }: Person) => username).join(" ") : String(status),
  )
