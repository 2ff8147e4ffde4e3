import { readFileSync } from "node:fs"
import { join } from "node:path"
import { defineConfig } from "vitepress"
import { boost, linkOf, repository, root, sidebar, sourceOf, stage, wordsIn } from "./pages.js"

const modules = JSON.parse(readFileSync(join(root, "docs/api/menu.json"), "utf8"))
const { version } = JSON.parse(readFileSync(join(root, "packages/client/package.json"), "utf8"))
const sources = stage()

const title = "effect-tiledb"
const description = "The client for the TileDB Cloud v4 Users API, written for Effect"
/** Where the site is published: whoever shows the card of a page needs its whole address. */
const site = process.env.SITE_URL ?? ""

export default defineConfig({
  title,
  description,
  lang: "en",
  srcDir: ".pages",
  cleanUrls: false,
  lastUpdated: false,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: "/favicon.svg" }],
    ["meta", { property: "og:type", content: "website" }],
    ["meta", { property: "og:site_name", content: title }],
    ["meta", { property: "og:image", content: `${site}/card.png` }],
    ["meta", { property: "og:image:alt", content: `${title}: ${description}` }],
    ["meta", { name: "twitter:card", content: "summary_large_image" }],
  ],
  transformHead: ({ pageData, title }) => [
    ["meta", { property: "og:title", content: title }],
    ["meta", { property: "og:description", content: pageData.description || description }],
  ],
  vite: {
    // The index of the search is as large as the text of all pages; it is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2000 },
  },
  transformPageData: (page) => {
    const source = sourceOf(sources.get(page.relativePath) ?? page.relativePath)
    if (source === undefined) page.frontmatter.editLink = false
    else page.filePath = source
    if (page.relativePath.startsWith("api/")) page.frontmatter.pageClass = "reference"
  },
  markdown: {
    config: (md) => {
      md.core.ruler.push("links of the repository", ({ tokens, env }) => {
        const file = sources.get(env.relativePath) ?? env.relativePath
        // Badges are for the repository: the site loads nothing from elsewhere.
        for (const token of tokens) {
          const all = token.children ?? []
          const isBadge = (at: number) => all[at]?.type === "image" && /^https?:/.test(all[at].attrGet("src") ?? "")
          const around = (at: number) =>
            (all[at]?.type === "link_open" && isBadge(at + 1)) || (all[at]?.type === "link_close" && isBadge(at - 1))
          if (all.some((_, at) => isBadge(at))) token.children = all.filter((_, at) => !isBadge(at) && !around(at))
        }
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === "link_open" ? token.attrGet("href") : null
          if (href !== null) token.attrSet("href", linkOf(href, file))
          // A placeholder such as <that one segment> is no element.
          if (token.type === "html_inline" && /^<[a-z]+( [a-z]+)+>$/.test(token.content)) token.type = "text"
        }
      })
      // Vue drops a line break between two elements; it keeps a space.
      md.renderer.rules.softbreak = () => " "
      md.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n'
      md.renderer.rules.table_close = () => "</table></div>\n"
      // Long names break at their parts, before a column gets too wide for the page.
      const inline = md.renderer.rules.code_inline
      md.renderer.rules.code_inline = (tokens, index, options, env, self) =>
        inline?.(tokens, index, options, env, self).replace(/(?<=>[^<]*)([/._](?=\w)|[a-z](?=[A-Z]))/g, "$&<wbr>") ?? ""
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, options, env, self) => {
        const { info = "", content = "" } = tokens[index] ?? {}
        if (info.trim() === "mermaid") return `<Mermaid code="${encodeURIComponent(content)}" />`
        return fence?.(tokens, index, options, env, self) ?? ""
      }
    },
  },
  themeConfig: {
    logo: "/favicon.svg",
    sidebar: sidebar(modules, sources),
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        _render: (source, env, md) => {
          const html = md.render(source, env)
          return html.replace("</h1>", `</h1><p>${wordsIn(env.relativePath)}</p>`)
        },
        miniSearch: { searchOptions: { boostDocument: boost() } },
      },
    },
    editLink: { pattern: `${repository}/edit/main/:path`, text: "Edit this page" },
    nav: [
      { text: "Quick start", link: "/start" },
      { text: "Live", link: "/live" },
      { text: "API", link: "/api/" },
      { text: `v${version}`, link: "/packages/client/changelog" },
    ],
    socialLinks: [{ icon: "github", link: repository }],
  },
})
