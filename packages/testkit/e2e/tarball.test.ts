import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { root, run } from "./programs.js"

const pnpm = (args: ReadonlyArray<string>, cwd: string) => run("npx", ["-y", "pnpm@10.34.9", ...args], { cwd })

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
      yield* run("npm", ["install", "--no-audit", "--no-fund", ...tarballs.map((name) => `./${name}`)], { cwd: folder })
      const said = yield* run("python3", [join(root, "packages/testkit/e2e/drive.py"), folder], { cwd: folder })
      assert.strictEqual(said, "driven\n")
    }),
  )
})
