import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chromium } from "playwright-core"
import { loopback, serve } from "../src/in-a-browser.js"

const browser = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] }),
  ),
  (browser) => Effect.promise(() => browser.close()),
)

/** What the page at this address shows, and what it writes to the console. */
const open = (url: string) =>
  Effect.flatMap(browser, (chromium) =>
    Effect.promise(async () => {
      const tab = await chromium.newPage()
      const lines: Array<string> = []
      tab.on("console", (message) => lines.push(message.text()))
      tab.on("pageerror", (error) => lines.push(String(error)))
      await tab.goto(url)
      await tab.getByText(/\w/).waitFor({ timeout: 20_000 })
      return [await tab.textContent("body"), lines] as const
    }),
  )

describe("in-a-browser, in Chromium", () => {
  it.scopedLive("signs in with a token, and logs nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.flatMap(serve, open), ["Signed in as owner", []])
    }).pipe(Effect.provide(loopback)),
  )

  it.scopedLive("names CORS where the service does not allow the page's origin", () =>
    Effect.gen(function* () {
      const url = yield* serve
      const [text] = yield* open(url.replace("127.0.0.1", "localhost"))
      const recipe = readFileSync(new URL("../../docs/recipes/page.md", import.meta.url), "utf8")
      assert.include(recipe, String(text).replace(/\d+\]$/, "8181]"))
    }).pipe(Effect.provide(loopback)),
  )
})
