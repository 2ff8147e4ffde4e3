/**
 * Builds the site into `.vitepress/dist`: the API reference from the docstrings, then the pages. A warning of either fails
 * it, and so does a link that leads to nothing. Needs `pnpm install` in this folder.
 */
import { spawn } from "node:child_process"
import { join, relative } from "node:path"
import { problemsOf } from "./links.js"
import { site } from "./server.js"

const here = import.meta.dirname

/** What is always said. Anything else is a warning, whatever words it uses. */
const expected =
  /^\s*$|^\[info\] (Loaded plugin|pages generated at)|^ {2}vitepress v|^[-✓] (building client \+ server bundles|rendering pages)\.\.\.$|^build complete in/
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours
const ansi = /\u001b\[[\d;]*m/g

const run = async (program: string, args: ReadonlyArray<string>) => {
  const child = spawn(join(here, "node_modules/.bin", program), args, { cwd: here, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk
      process.stdout.write(chunk)
    })
  }
  const code = await new Promise((done) => child.on("close", done))
  const unexpected = output
    .replace(ansi, "")
    .split("\n")
    .filter((line) => !expected.test(line))
  if (code !== 0 || unexpected.length > 0) {
    console.log(`\n${program} ended with ${code}, and said besides what it says always:\n${unexpected.join("\n")}`)
    process.exit(1)
  }
}

await run("typedoc", [])
await run("vitepress", ["build", "."])

const { links, pages, problems } = problemsOf(site)
for (const problem of problems) console.log(problem)
console.log(`${pages} pages, ${links} links; ${problems.length} lead to nothing`)
if (problems.length > 0 || links === 0) process.exit(1)
console.log(`The site is in ${relative(process.cwd(), site)}; pnpm docs:preview serves it`)
