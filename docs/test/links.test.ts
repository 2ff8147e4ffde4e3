/** The gate on links finds what is planted. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "vitest"
import { problemsOf } from "../links.js"

it("finds a page, a file and an anchor that are not there, and a page that nobody links to", () => {
  const site = mkdtempSync(join(tmpdir(), "links-"))
  const write = (page: string, html: string) => writeFileSync(join(site, page), html)
  write(
    "index.html",
    '<a href="/other.html#there">ok</a> <a href="https://example.com/x">elsewhere</a> <a href="#top" id="top">ok</a>',
  )
  write(
    "other.html",
    '<h2 id="there"></h2><a href="gone.html">1</a><img src="/gone.png"><a href="/#gone">2</a><a href="other.html#no">3</a>',
  )
  write("alone.html", '<a href="/">home</a>')
  const { links, pages, problems } = problemsOf(site)
  rmSync(site, { recursive: true })
  assert.deepStrictEqual(problems.toSorted(), [
    "alone.html: no page links to it (the menu is in docs/.vitepress/pages.ts)",
    "other.html: there is no #gone in index.html",
    "other.html: there is no #no in other.html",
    "other.html: there is no /gone.png",
    "other.html: there is no gone.html",
  ])
  assert.deepStrictEqual([links, pages], [7, 3])
})
