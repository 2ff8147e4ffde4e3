/** Which Markdown files of the repository are pages of the site, where, and in which order. */
import { execFileSync } from "node:child_process"
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { DefaultTheme } from "vitepress"

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
export const repository = "https://github.com/effect-tiledb/effect-tiledb"

/** Not pages: reports of the API for its reviewers, and changes that wait for a release. */
const excluded = /\/api\.(report|released)\.md$|^\.changeset\//

const named: Readonly<Record<string, string>> = {
  "README.md": "start.md",
  "packages/client/test/failure/messages.md": "error-texts.md",
}

/** Where a file of the repository is on the site. */
export const pageOf = (file: string): string =>
  named[file] ??
  file
    .replace(/^docs\//, "")
    .replace(/^packages\/(\w+)\/README\.md$/, "packages/$1.md")
    .replace(/\/CHANGELOG\.md$/, "/changelog.md")
    .replace(/^examples\/admin\/README\.md$/, "examples/admin.md")
    .replace(/(^|\/)README\.md$/, "$1index.md")
    .replace(/^[A-Z]+\.md$/, (name) => name.toLowerCase())

/**
 * Copies the pages, and the icon and the card beside them, to where the site has them, in `.pages`: VitePress wants them
 * below the folder in which it is installed. Gives for each page the file that it comes from.
 */
export const stage = (): ReadonlyMap<string, string> => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: root,
    encoding: "utf8",
  })
  const reference = readdirSync(join(root, "docs/api"), { recursive: true, encoding: "utf8" })
  const files = [
    ...listed.split("\n").filter((file) => file !== "" && !excluded.test(file) && existsSync(join(root, file))),
    ...reference.filter((file) => file.endsWith(".md")).map((file) => `docs/api/${file}`),
  ]
  const folder = join(root, "docs/.pages")
  rmSync(folder, { recursive: true, force: true })
  const sources = new Map<string, string>()
  for (const file of files) {
    const page = pageOf(file)
    if (sources.has(page)) throw new Error(`${file} and ${sources.get(page)} are both ${page}`)
    sources.set(page, file)
    mkdirSync(dirname(join(folder, page)), { recursive: true })
    copyFileSync(join(root, file), join(folder, page))
  }
  cpSync(join(root, "docs/.vitepress/public"), join(folder, "public"), { recursive: true })
  return sources
}

/**
 * A link as the site has it: to the page that a Markdown file has become, or to the repository. Throws where it leads to
 * nothing, so that a dead link ends the build.
 */
export const linkOf = (href: string, file: string): string => {
  const [path = "", anchor] = href.split("#")
  if (/^([a-z]+:|\/api\/)/.test(href) || path === "" || file.startsWith("docs/api/")) return href
  const target = resolve(root, dirname(file), path)
  if (!existsSync(target)) throw new Error(`${file}: there is no ${href}`)
  const inside = relative(root, target)
  const hash = anchor === undefined ? "" : `#${anchor}`
  return /\.md$/.test(inside) ? `/${pageOf(inside)}${hash}` : `${repository}/blob/main/${inside}${hash}`
}

/** Where a page is edited: a page of the reference in the source of its module. */
export const sourceOf = (file: string): string | undefined => {
  if (!file.startsWith("docs/api/")) return file
  const [, name, module] = /^docs\/api\/(\w+)\/(\w+)\.md$/.exec(file) ?? []
  return module === undefined ? undefined : `packages/${name}/src/${module}.ts`
}

/**
 * The page that is found first for a word: the guide about it. It outweighs pages that name the word more often. Only words
 * that a page is about; the search finds all others by itself.
 */
const wordsOf: Readonly<Record<string, string>> = {
  "/start": "install installation createuser getuser quickstart",
  "/retries": "retry retries retrying 429 503 backoff repeat",
  "/errors": "error errors lost response outcome unknown notfound",
  "/configuration": "proxy proxies environment variable profile token password credential credentials",
  "/compatibility": "browser browsers cors deno bun runtime",
  "/load": "limit limits concurrency throughput",
  "/packages/testkit": "test tests testing fault faults",
  "/promises": "promise promises await",
}

/** What a page counts in the search, as source: the theme runs it in the browser. */
export const boost = () => {
  const pages = Object.fromEntries(
    Object.entries(wordsOf).flatMap(([page, words]) => words.split(" ").map((word) => [word, `${page}.html`])),
  )
  return new Function(
    "id",
    "term",
    `if (${JSON.stringify(pages)}[term] === id.split("#")[0]) return 20
    return /^\\/api\\//.test(id) ? 0.1 : /changelog|^\\/(decisions|architecture|contributing|mutation|releasing|error-texts)/.test(id) ? 0.3 : 1`,
  ) as (id: string, term: string) => number
}

/** The words of a page that its text does not have: a term that is in no text finds nothing. */
export const wordsIn = (page: string): string => wordsOf[`/${page.replace(/\.md$/, "")}`] ?? ""

const item = (text: string, link: string) => ({ text, link })

interface Module {
  readonly text: string
  readonly link: string
}

/** The modules of a package, closed until one of them is read. */
const reference = (modules: ReadonlyArray<Module>, name: string) => ({
  text: name,
  collapsed: true,
  items: [
    item("Overview", `/packages/${name}`),
    ...(name === "schema" ? [item("How responses are read", "/packages/schema/reading")] : []),
    ...modules
      .filter(({ text }) => text.split("/")[0] === name)
      .map(({ link, text }) => item(text.split("/")[1] ?? "Models and schemas", link.replace(/(index)?\.md$/, ""))),
  ],
})

/** The first view has at most 25 entries: what is not read first is closed. A guide that is not named here comes last. */
export const sidebar = (modules: ReadonlyArray<Module>, sources: ReadonlyMap<string, string>) => {
  const menu = fixed(modules)
  const named = new Set(JSON.stringify(menu).match(/(?<="link":"\/)[^"]*/g))
  const others = Array.from(sources).flatMap(([page, file]) => {
    const name = page.replace(/\.md$/, "")
    if (!/^docs\/[\w-]+\.md$/.test(file) || named.has(name) || name === "index") return []
    const [, title = page] = /^# (.*)$/m.exec(readFileSync(join(root, file), "utf8")) ?? []
    return [item(title, `/${name}`)]
  })
  return menu.map((group) => (group.text === "More guides" ? { ...group, items: [...group.items, ...others] } : group))
}

const fixed = (modules: ReadonlyArray<Module>) =>
  [
    {
      text: "Start",
      items: [
        item("Quick start", "/start"),
        item("New to Effect", "/effect"),
        item("Live: break it and watch", "/live"),
      ],
    },
    {
      text: "Recipes",
      items: [
        item("All recipes", "/recipes/"),
        item("Users in an HttpApi", "/recipes/http-api"),
        item("In a browser", "/recipes/page"),
        item("Other languages", "/recipes/other-languages"),
        item("Many users from a file", "/recipes/many-users"),
        item("Find a failing call", "/recipes/failing-call"),
      ],
    },
    {
      text: "Guides",
      items: [
        item("Errors", "/errors"),
        item("Retries", "/retries"),
        item("Configuration and networks", "/configuration"),
        item("Testing", "/packages/testkit"),
        item("Observability", "/observability"),
        item("People of a workspace", "/people"),
      ],
    },
    {
      text: "More guides",
      collapsed: true,
      items: [
        item("Trouble", "/trouble"),
        item("Under load", "/load"),
        item("From Promises", "/promises"),
        item("From the vendor's client", "/migration"),
        item("An application on Effect 4", "/effect4"),
        item("Comparison", "/comparison"),
        item("Compatibility", "/compatibility"),
        item("Performance", "/performance"),
        item("Bulk work: pnpm admin", "/examples/admin"),
        item("Examples", "/examples/"),
        item("Error texts", "/error-texts"),
      ],
    },
    {
      text: "Reference",
      items: [item("All modules", "/api/"), ...["client", "schema", "testkit"].map((name) => reference(modules, name))],
    },
    {
      text: "Project",
      collapsed: true,
      items: [
        item("Architecture", "/architecture"),
        item("Decisions", "/decisions/"),
        item("Contributing", "/contributing"),
        ...["schema", "client", "testkit"].map((name) => item(`Changes of ${name}`, `/packages/${name}/changelog`)),
        item("Mutation testing", "/mutation"),
        item("Security", "/security"),
        item("Releasing", "/releasing"),
      ],
    },
  ] satisfies DefaultTheme.Sidebar
