// What is wrong with a credential is told by its part, for which configuration and code have a name, and never by its value.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../src/Credentials.js"
import { credentialProblem, pathOf } from "../../src/internal/secrets/credentialProblem.js"

const secret = (text: string) => Redacted.make(text)
const find = (credentials: unknown) => credentialProblem(credentials as Credentials)

it("a credential that can be sent has no problem; what an effect gets is not known yet", () => {
  const waits = Effect.succeed(secret("two words"))
  for (const credentials of [
    { _tag: "ApiKey", key: secret("key") },
    { _tag: "ApiKey", key: waits },
    { _tag: "Basic", username: "ada", password: secret("two words") },
    { _tag: "Basic", username: "ada", password: Effect.succeed(secret("")) },
    { _tag: "Bearer", token: secret("token") },
    { _tag: "Bearer", token: waits },
    { _tag: "Anonymous" },
  ]) {
    assert.isUndefined(find(credentials), credentials._tag)
  }
})

it("a part that cannot be sent is named", () => {
  const hidden = {
    get _tag() {
      throw new Error("hunter2")
    },
  }
  for (const [credentials, part, what, message] of [
    [{ _tag: "ApiKey", key: secret("two words") }, "key", "The API key", /^must be printable ASCII/],
    [{ _tag: "Basic", username: "", password: secret("") }, "username", "The username", /^must not be empty$/],
    [{ _tag: "Basic", username: "ada", password: secret("") }, "password", "The password", /^must not be empty$/],
    [{ _tag: "Bearer", token: secret("two words") }, "token", "The bearer token", /^must be printable ASCII/],
    [{ _tag: "Digest" }, undefined, "The credential", /^should be one of Credentials\./],
    [{}, undefined, "The credential", /^should be one of Credentials\./],
    [null, undefined, "The credential", /^cannot be read$/],
    [hidden, undefined, "The credential", /^cannot be read$/],
  ] as const) {
    const problem = find(credentials)
    assert(problem !== undefined)
    assert.deepStrictEqual([problem.part, problem.what], [part, what])
    assert.match(problem.message, message)
    assert.deepStrictEqual(pathOf(problem), part === undefined ? ["credentials"] : ["credentials", part])
  }
})
