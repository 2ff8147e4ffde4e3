/** What is wrong with the links of a built site: targets and anchors that are not there, and pages that nobody links to. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"

export const problemsOf = (site: string) => {
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"))
  const html = new Map(pages.map((page) => [page, readFileSync(join(site, page), "utf8")]))
  const ids = new Map(
    Array.from(html, ([page, text]) => [page, new Set(Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id))]),
  )
  const problems: Array<string> = []
  const linked = new Set(["index.html", "404.html"])
  let links = 0

  for (const [page, text] of html) {
    for (const [, href = ""] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(https?:|mailto:|data:)/.test(href)) continue
      links++
      const [path = "", anchor = ""] = decodeURIComponent(href.replaceAll("&amp;", "&")).split("#")
      const absolute = path.startsWith("/") ? path.slice(1) : posix.join(dirname(page), path)
      const target = path === "" ? page : absolute === "" || absolute.endsWith("/") ? `${absolute}index.html` : absolute
      if (!existsSync(join(site, target))) problems.push(`${page}: there is no ${href}`)
      else if (anchor !== "" && !ids.get(target)?.has(anchor))
        problems.push(`${page}: there is no #${anchor} in ${target}`)
      if (target !== page) linked.add(target)
    }
  }
  for (const page of pages)
    if (!linked.has(page)) problems.push(`${page}: no page links to it (the menu is in docs/.vitepress/pages.ts)`)
  return { pages: pages.length, links, problems }
}
