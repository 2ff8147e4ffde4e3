/** What the live page shows as code is what it does. */
import * as Faults from "@effect-tiledb/testkit/Faults"
import { assert, describe, it } from "vitest"
import { choiceOf, codeOf, faults, queryOf, scenarios } from "../.vitepress/theme/live/scenarios.js"

describe("the live page's code", () => {
  for (const [name, { code, value }] of Object.entries(faults))
    it(`writes the fault ${name} as it is`, () => {
      const written: unknown = new Function("Faults", `return ${code || undefined}`)(Faults)
      assert.strictEqual(JSON.stringify(written), JSON.stringify(value))
    })

  for (const { choice, title } of scenarios)
    it(`has a link and code for "${title}"`, () => {
      assert.deepStrictEqual(choiceOf(`?${queryOf(choice)}`), choice)
      assert.include(codeOf(choice), `users.${choice.operation}`)
      for (const line of codeOf(choice).split("\n")) assert.isAtMost(line.length, 80)
    })

  it("takes nothing from a link that the form does not have", () => {
    for (const query of [
      "",
      "?operation=toString",
      "?operation=getUser&fault=toString",
      "?operation=getUser&fault=503&who=%22",
    ])
      assert.isUndefined(choiceOf(query), query)
  })
})
