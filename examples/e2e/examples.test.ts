import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const root = new URL("../..", import.meta.url)
const readme = Fs.readFileSync(new URL("examples/README.md", root), "utf8")
const recipe = Fs.readFileSync(new URL("docs/recipes/failing-call.md", root), "utf8")

/** The port of the server in memory is another one each time. */
const withoutPort = (line: string) => line.replace(/127\.0\.0\.1:\d{4,}/, "127.0.0.1:…")

/** Each command of the README and of the recipe, and what follows it there. */
const sessions = Array.from((readme + recipe).matchAll(/```console\n([\s\S]*?)```/g), ([, block = ""]) => block)
  .flatMap((block) => block.split(/^\$ /m).slice(1))
  .map((session) => {
    const [command = "", ...output] = session.trimEnd().split("\n")
    return { command, output: output.map(withoutPort) }
  })

const logLine = /^\[[\d:.]+\] |^ {2}(tiledb|http|url|server|error)\.[\w.]+: /

/** What a command prints in a terminal, with none of the machine's own variables; retries' log lines are not the point. */
const run = (command: string) =>
  Effect.async<ReadonlyArray<string>>((resume) => {
    const { HOME = "", PATH = "" } = process.env
    const options = { cwd: root, env: { HOME, PATH, npm_config_update_notifier: "false" }, timeout: 60_000 }
    // The local tsx, without npx in between: it prints warnings of its own.
    const child = execFile(
      "bash",
      ["-c", `(${command.replaceAll("npx tsx", "node --import tsx")}) 2>&1`],
      options,
      (_error, stdout) =>
        resume(
          Effect.succeed(
            stdout
              .trimEnd()
              .split("\n")
              .filter((line) => !logLine.test(line))
              .map(withoutPort),
          ),
        ),
    )
    return Effect.sync(() => child.kill())
  })

describe("examples/README.md", () => {
  for (const { command, output } of sessions) {
    it.live(command, () => Effect.map(run(command), (lines) => assert.deepStrictEqual(lines, output)))
  }

  it("names each example, and runs those that are run by themselves", () => {
    const helpers = ["collector", "company", "example", "loopback-redirect", "page", "profiles", "story"]
    const elsewhere = [
      "in-a-browser",
      "many-users",
      "namespaces",
      "onboarding",
      "profiles-server",
      "promises",
      "user-lifecycle",
    ]
    const files = Fs.readdirSync(new URL("examples/src", root)).map((file) => file.replace(/\.ts$/, ""))
    for (const file of files.filter((file) => !helpers.includes(file))) {
      assert.include(readme, `](src/${file}.ts)`)
      if (!elsewhere.includes(file))
        assert.isTrue(
          sessions.some(({ command }) => command.includes(`/${file}.ts`)),
          file,
        )
    }
    assert.isAbove(sessions.length, 5)
  })
})
