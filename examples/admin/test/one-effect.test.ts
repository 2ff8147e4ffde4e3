import { readdirSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const own = fileURLToPath(new URL("../node_modules/", import.meta.url))

/** The packages of the cluster's own install. */
const apart = ["@effect/cluster", "@effect/sql-pg", "@effect/workflow"]
const placeOf = (name: string): string =>
  realpathSync(apart.includes(name) ? own.replace(/node_modules\/$/, `cluster/node_modules/${name}`) : own + name)

/** Where a package finds another one. */
const found = (from: string, name: string): string =>
  realpathSync(createRequire(`${placeOf(from)}/package.json`).resolve(`${name}/package.json`))

const effects = ["effect", "@effect/platform", "@effect/sql", "@effect/experimental"]

const users = [
  "@effect-tiledb/client",
  "@effect-tiledb/schema",
  "@effect-tiledb/testkit",
  "@effect/cli",
  "@effect/cluster",
  "@effect/platform",
  "@effect/platform-node",
  "@effect/printer",
  "@effect/sql",
  "@effect/sql-libsql",
  "@effect/sql-pg",
  "@effect/workflow",
]

describe("one copy of effect", () => {
  it("every package that works with effect finds the same one", () => {
    let looked = 0
    for (const name of effects) {
      const here = realpathSync(`${placeOf(name)}/package.json`)
      for (const user of users.filter((_) => _ !== name)) {
        const manifest = createRequire(import.meta.url)(`${placeOf(user)}/package.json`)
        if (!(name in { ...manifest.dependencies, ...manifest.peerDependencies })) continue
        looked++
        assert.strictEqual(found(user, name), here, `${user} has another ${name}`)
      }
    }
    assert.isAbove(looked, 20)
  })

  it("none is installed here", () => {
    const installed = readdirSync(`${own}.pnpm`)
    assert.isTrue(installed.some((name) => name.startsWith("@effect+cli@")))
    const copies = /^(effect|@effect\+(platform|platform-node|sql|experimental|rpc|cluster|workflow))@/
    assert.deepStrictEqual(
      installed.filter((name) => copies.test(name)),
      [],
    )
  })
})
