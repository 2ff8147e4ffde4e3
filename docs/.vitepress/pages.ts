/** Which Markdown files of the repository are pages of the site, where, and in which order. */
import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { DefaultTheme } from "vitepress"

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..")
const repository = "https://github.com/effect-tiledb/effect-tiledb"

/** Not pages: reports of the API for its reviewers, and changes that wait for a release. */
const excluded = /\/api\.(report|released)\.md$|^\.changeset\//

const named: Readonly<Record<string, string>> = {
  "README.md": "index.md",
  "packages/testkit/test/texts.md": "error-texts.md",
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
 * Copies the pages to where the site has them, in `.pages`: VitePress wants them below the folder in which it is installed.
 * Gives for each page the file that it comes from.
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
  return sources
}

/**
 * A link as the site has it: to the page that a Markdown file has become, or to the repository. Throws where it leads to
 * nothing, so that a dead link ends the build.
 */
export const linkOf = (href: string, file: string): string => {
  const [path = "", anchor] = href.split("#")
  if (/^[a-z]+:/.test(href) || path === "" || file.startsWith("docs/api/")) return href
  const target = resolve(root, dirname(file), path)
  if (!existsSync(target)) throw new Error(`${file}: there is no ${href}`)
  const inside = relative(root, target)
  const hash = anchor === undefined ? "" : `#${anchor}`
  return /\.md$/.test(inside) ? `/${pageOf(inside)}${hash}` : `${repository}/blob/main/${inside}${hash}`
}

const item = (text: string, link: string) => ({ text, link })

/** A guide that the menu does not name comes last among the guides, by its own title. */
const others = (
  sources: ReadonlyMap<string, string>,
  menu: ReadonlyArray<{ readonly items: ReadonlyArray<{ readonly link: string }> }>,
) => {
  const named = new Set(menu.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`)))
  return Array.from(sources).flatMap(([page, file]) => {
    if (!/^docs\/[\w-]+\.md$/.test(file) || named.has(page)) return []
    const [, title = page] = /^# (.*)$/m.exec(readFileSync(join(root, file), "utf8")) ?? []
    return [item(title, `/${page.replace(/\.md$/, "")}`)]
  })
}

export const sidebar = (
  modules: ReadonlyArray<{ readonly text: string; readonly link: string }>,
  sources: ReadonlyMap<string, string>,
) => {
  const menu = fixed(modules)
  return menu.map((group) =>
    group.text === "Guides" ? { ...group, items: [...group.items, ...others(sources, menu)] } : group,
  )
}

const fixed = (modules: ReadonlyArray<{ readonly text: string; readonly link: string }>) =>
  [
    {
      text: "Start",
      items: [
        item("From an empty folder", "/"),
        item("If Effect is new to you", "/effect"),
        item("Live: break it and watch", "/live"),
        item("Recipes", "/recipes/"),
        item("Examples", "/examples/"),
      ],
    },
    {
      text: "Guides",
      items: [
        item("Errors", "/errors"),
        item("Retries", "/retries"),
        item("Configuration and networks", "/configuration"),
        item("Under load", "/load"),
        item("Observability", "/observability"),
        item("Testing", "/packages/testkit"),
        item("Bulk work: pnpm admin", "/examples/admin"),
        item("An application on Effect 4", "/effect4"),
        item("From Promises", "/promises"),
        item("From the vendor's client", "/migration"),
        item("Comparison", "/comparison"),
        item("Compatibility", "/compatibility"),
      ],
    },
    {
      text: "Packages",
      items: [
        item("schema", "/packages/schema"),
        item("How answers are read", "/packages/schema/reading"),
        item("client", "/packages/client"),
        item("testkit", "/packages/testkit"),
        item("Texts of errors", "/error-texts"),
      ],
    },
    {
      text: "API reference",
      collapsed: true,
      items: modules.map(({ text, link }) => item(text.replace("@effect-tiledb/", ""), link.replace(/\.md$/, ""))),
    },
    {
      text: "Project",
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
