import { assert, describe, it } from "@effect/vitest"
import { type Credential, fromHeaders } from "../../src/internal/api/credential.js"

const pair = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`
const unreadable: Credential = { _tag: "Unreadable" }

describe("the credential of a request", () => {
  const table: ReadonlyArray<readonly [authorization: string | undefined, credential: Credential]> = [
    [undefined, { _tag: "None" }],
    ["Bearer abc", { _tag: "Bearer", token: "abc" }],
    ["bEARER   a.b-c ", { _tag: "Bearer", token: "a.b-c" }],
    [" Bearer abc", { _tag: "Bearer", token: "abc" }],
    ["Bearer", unreadable],
    ["Bearer a b", unreadable],
    ["Bearerabc", unreadable],
    ["X-Bearer abc", unreadable],
    [pair("ada:secret"), { _tag: "Basic", username: "ada", password: "secret" }],
    [` ${pair("a:b:c").replace("Basic", "bASIC  ")} `, { _tag: "Basic", username: "a", password: "b:c" }],
    [pair("ada:"), { _tag: "Basic", username: "ada", password: "" }],
    [pair("ada"), unreadable],
    [pair(":secret"), unreadable],
    [`${pair("ada:secret")} more`, unreadable],
    [`X-${pair("ada:secret")}`, unreadable],
    [pair("ada:secret").replace(" ", ""), unreadable],
    ["Basic ***", unreadable],
    ["Digest username=ada", unreadable],
    ["", unreadable],
  ]
  for (const [authorization, credential] of table) {
    it(`of ${authorization} is ${JSON.stringify(credential)}`, () => {
      assert.deepStrictEqual(fromHeaders(undefined, authorization), credential)
    })
  }

  it("is the key if there is one, whatever else there is", () => {
    assert.deepStrictEqual(fromHeaders("k", undefined), { _tag: "ApiKey", key: "k" })
    assert.deepStrictEqual(fromHeaders("", undefined), { _tag: "ApiKey", key: "" })
    for (const other of [pair("ada:secret"), ""]) {
      assert.deepStrictEqual(fromHeaders("k", other), { _tag: "Several", key: "k" })
    }
  })
})
