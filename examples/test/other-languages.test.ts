/** What docs/recipes/other-languages.md says of the control API; its suite and its image are run by packages/testkit/e2e. */
import { readFileSync } from "node:fs"
import { OpenApi } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Faults, TestServer, TestUsers } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import { Cause, Effect, Exit, Layer } from "effect"
import { open } from "../src/namespaces.js"

const page = readFileSync(new URL("../../docs/recipes/other-languages.md", import.meta.url), "utf8")
const api = OpenApi.fromApi(Control.Api)

/** The first two cells of each row of the table in a section. */
const table = (title: string) =>
  Array.from(
    page
      .split(`\n## ${title}\n`)[1]
      ?.split("\n## ")[0]
      ?.matchAll(/^\| (`.*?`|.*?) +\| (.*?) +\|/gm) ?? [],
    ([, first, second]) => [first, second],
  ).filter(([first = ""]) => first.startsWith("`"))

interface Property {
  readonly enum?: ReadonlyArray<string | number>
}

describe("docs/recipes/other-languages.md", () => {
  it("has every operation of the control API, each with its summary", () => {
    const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]: [string, { readonly summary?: string }]) => [
        `\`${method.toUpperCase()} ${path}\``,
        summary,
      ]),
    )
    for (const [name, summary = ""] of operations) assert.isAbove(summary.length, 5, name)
    assert.deepStrictEqual(table("Every operation"), operations)
  })

  it("has every fault, with its fields", () => {
    const { anyOf: faults = [] } = JSON.parse(JSON.stringify(api.components.schemas.Fault)) as {
      readonly anyOf?: ReadonlyArray<{
        readonly required: ReadonlyArray<string>
        readonly properties: Readonly<Record<string, Property>>
      }>
    }
    assert.deepStrictEqual(
      table("Faults"),
      faults.map(({ properties: { _tag, ...fields }, required }) => [
        `\`${_tag?.enum?.[0]}\``,
        Object.keys(fields)
          .map((name) => `\`${name}${required.includes(name) ? "" : "?"}\``)
          .join(", "),
      ]),
    )
  })

  it("has every field of a rule", () => {
    const rule = JSON.parse(JSON.stringify(api.components.schemas.FaultRule)) as {
      readonly properties: Readonly<Record<string, unknown>>
    }
    assert.deepStrictEqual(
      table("Rules").map(([name]) => name),
      Object.keys(rule.properties).map((name) => `\`${name}\``),
    )
  })

  it.effect("has the name of every operation that a rule can apply to", () =>
    Effect.gen(function* () {
      const { install } = yield* Faults.Faults
      const exit = yield* Effect.exit(install({ fault: Faults.refuse, operation: "nothing" }))
      const [, names = ""] = /one of (.*)/.exec(Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "") ?? []
      const [, listed = ""] = page.split("<!-- operations: ")
      const documented = Array.from(
        listed.split("\n## ")[0]?.matchAll(/`((\w+\.)?[a-z]\w+)`/g) ?? [],
        ([, name]) => name,
      )
      assert.deepStrictEqual(documented, names.split(", "))
    }).pipe(Effect.provide(TestUsers.layer())),
  )

  it("shows the suite and the program as they are", () => {
    for (const file of ["python/test_users.py", "src/namespaces.ts"])
      assert.include(page, readFileSync(new URL(`../${file}`, import.meta.url), "utf8"))
  })

  it.scopedLive("two namespaces of one server share no user", () =>
    Effect.gen(function* () {
      const [billing, search] = yield* Effect.all([open("billing"), open("search")])
      const users = ({ controlToken, controlUrl }: typeof billing) =>
        Effect.promise(async () => {
          const headers = { authorization: `Bearer ${controlToken}` }
          const users: unknown = await (await fetch(`${controlUrl}/users`, { headers })).json()
          return Array.isArray(users) ? users.length : undefined
        })
      yield* Effect.promise(() =>
        fetch(`${billing.baseUrl}/users`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ username: "ada", email: "ada@example.com", password: "correct horse" }),
        }),
      )
      assert.deepStrictEqual([yield* users(billing), yield* users(search)], [2, 1])
    }).pipe(Effect.provide(Layer.fresh(TestServer.layer()))),
  )
})
