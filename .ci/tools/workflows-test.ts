/** Plants what .ci/tools/workflows.ts must refuse in copies of our workflows, and sees it refused. */
import { check, read } from "./workflows.js"

const ours = read()
const ci = "workflows/ci.yml"
/** What is expected to be said, where something is planted, what is replaced, and by what. */
const planted: ReadonlyArray<readonly [expected: string, file: string, pattern: RegExp, replacement: string]> = [
  ["not pinned by digest", ci, /checkout@[0-9a-f]+ # v/, "checkout@v"],
  ["not pinned by digest", "workflows/codeql.yml", /(analyze@[0-9a-f]{40}) #.*/, "$1"],
  ["the workflow's own permissions", ci, /^permissions: \{\}/m, "permissions: write-all"],
  ["does not list its permissions", ci, /^ {4}permissions:\n.*\n/m, ""],
  ["persist-credentials", "workflows/release.yml", /.*persist-credentials.*\n/, "          fetch-depth: 1\n"],
  ["gives our secrets away", ci, /^ {2}pull_request:/m, "  pull_request_target:"],
  ["has no timeout-minutes", "workflows/scorecard.yml", /.*timeout-minutes.*\n/, ""],
  ["the first line does not say", "dependabot.yml", /^.*\n/, ""],
  // actionlint's own: what somebody else writes, put into a script; a key that does not exist.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
  ["potentially untrusted", ci, /run: npx .* check/, "run: echo ${{ github.event.pull_request.title }}"],
  ["unexpected key", ci, /runs-on/, "runs-onn"],
]
const failures: Array<string> = []
const clean = await check(ours)
if (clean.problems.length > 0) failures.push(`ours do not pass: ${clean.problems}`)
for (const [expected, file, pattern, replacement] of planted) {
  const text = ours.get(file) ?? ""
  if (!pattern.test(text)) failures.push(`${file}: nothing to plant by ${pattern}`)
  const { problems } = await check(new Map(ours).set(file, text.replace(pattern, replacement)))
  if (!problems.some((problem) => problem.includes(expected)))
    failures.push(`${file}: expected "${expected}" in: ${problems}`)
}
if ((await check(new Map())).problems.length === 0) failures.push("passed with no workflow")
for (const failure of failures) console.log(failure)
console.log(`workflows: ${planted.length + 1} planted violations, ${failures.length} not found`)
process.exit(failures.length > 0 ? 1 : 0)
