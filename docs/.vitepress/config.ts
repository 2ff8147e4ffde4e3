import { readFileSync } from "node:fs"
import { join } from "node:path"
import { defineConfig } from "vitepress"
import { linkOf, root, sidebar, stage } from "./pages.js"

const modules = JSON.parse(readFileSync(join(root, "docs/api/typedoc-sidebar.json"), "utf8"))
const sources = stage()

/** Pages with wide tables: they get the room of the outline. */
const wide = new Set(["comparison.md", "compatibility.md", "retries.md", "packages/schema/reading.md"])

export default defineConfig({
  title: "effect-tiledb",
  description: "The client for the TileDB Cloud v4 Users API, written for Effect",
  lang: "en",
  srcDir: ".pages",
  cleanUrls: false,
  lastUpdated: false,
  head: [["link", { rel: "icon", href: "data:," }]],
  vite: {
    // The index of the search is as large as the text of all pages; it is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2000 },
  },
  transformPageData: (page) => {
    if (wide.has(page.relativePath)) page.frontmatter.aside = false
  },
  markdown: {
    config: (md) => {
      md.core.ruler.push("links of the repository", ({ tokens, env }) => {
        const file = sources.get(env.relativePath) ?? env.relativePath
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === "link_open" ? token.attrGet("href") : null
          if (href !== null) token.attrSet("href", linkOf(href, file))
          // A placeholder such as <that one segment> is no element.
          if (token.type === "html_inline" && /^<[a-z]+( [a-z]+)+>$/.test(token.content)) token.type = "text"
        }
      })
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, options, env, self) => {
        const { info = "", content = "" } = tokens[index] ?? {}
        if (info.trim() === "mermaid") return `<Mermaid code="${encodeURIComponent(content)}" />`
        return fence?.(tokens, index, options, env, self) ?? ""
      }
    },
  },
  themeConfig: {
    sidebar: sidebar(modules, sources),
    outline: { level: [2, 3] },
    search: { provider: "local" },
    nav: [
      { text: "Live", link: "/live" },
      { text: "API", link: "/api/" },
      { text: "Repository", link: "https://github.com/effect-tiledb/effect-tiledb" },
    ],
  },
})
