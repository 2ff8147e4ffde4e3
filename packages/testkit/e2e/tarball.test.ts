import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { root, run, start } from "./programs.js"

const pnpm = (args: ReadonlyArray<string>, cwd: string) => run("npx", ["-y", "pnpm@10.34.9", ...args], { cwd })

const recipe = readFileSync(join(root, "docs/recipes/other-languages.md"), "utf8")
/** The arguments of a command in the recipe's Dockerfile. */
const inImage = (instruction: RegExp) => instruction.exec(recipe)?.[1] ?? assert.fail(`there is no ${instruction}`)

describe("the tarball of the testkit", () => {
  it.scopedLive("is a server that Python's standard library can install, drive and keep", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "tiledb-tarball-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
      )
      yield* pnpm(["build"], root)
      for (const name of ["schema", "client", "testkit"]) {
        yield* pnpm(["pack", "--pack-destination", folder], join(root, "packages", name))
      }
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true }))
      const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"))
      assert.lengthOf(tarballs, 3)
      // The recipe's image, with the tarballs in place of the registry's.
      const install = inImage(/^RUN (npm install .*)$/m).replace("@effect-tiledb/testkit", "./*.tgz")
      yield* run("bash", ["-c", `${install} --no-audit --no-fund`], { cwd: folder })
      const said = yield* run("python3", [join(root, "packages/testkit/e2e/drive.py"), folder], { cwd: folder })
      assert.strictEqual(said, "driven\n")

      const [program, ...args]: ReadonlyArray<string> = JSON.parse(inImage(/^CMD (\[.*\])$/m))
      const onFreePorts = args.map((arg, index) => (/port$/.test(args[index - 1] ?? "") ? "0" : arg))
      const line = yield* start(program ?? "", onFreePorts, /.*\n/, { cwd: folder })
      assert.match(JSON.parse(line).baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/v4$/)
      const suite = ["-m", "unittest", "discover", "--start-directory", join(root, "examples/python")]
      const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" }
      yield* run("python3", suite, { cwd: folder, env })
    }),
  )
})
