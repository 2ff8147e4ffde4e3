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

describe("in-a-browser, in Chromium", () => {
  it.scopedLive("signs in with a token, and logs nothing", () =>
    Effect.gen(function* () {
      const url = yield* serve
      const chromium = yield* browser
      const [text, lines] = yield* Effect.promise(async () => {
        const tab = await chromium.newPage()
        const lines: Array<string> = []
        tab.on("console", (message) => lines.push(message.text()))
        tab.on("pageerror", (error) => lines.push(String(error)))
        await tab.goto(url)
        await tab.getByText(/\w/).waitFor({ timeout: 20_000 })
        return [await tab.textContent("body"), lines] as const
      })
      assert.deepStrictEqual([text, lines], ["Signed in as owner", []])
    }).pipe(Effect.provide(loopback)),
  )
})
