/** The built site in headless Chromium: every page, the search, the diagram and the live page. */
import type { Server } from "node:http"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { problemsOf } from "../links.js"
import { listen, site } from "../server.js"

let server: Server
let browser: Browser
let origin = ""

/** Opens a page, uses it, and fails with all that went wrong in it: errors, failed responses, requests that leave the site. */
const using = async (path: string, use: (page: Page) => Promise<void>) => {
  const wrong: Array<string> = []
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } })
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") wrong.push(`${path}: ${message.text()}`)
  })
  page.on("pageerror", (error) => wrong.push(`${path}: ${error.message}`))
  page.on("requestfailed", (request) => {
    const { errorText = "" } = request.failure() ?? {}
    // What a page still loads when the next one is opened.
    if (errorText !== "net::ERR_ABORTED") wrong.push(`${path}: ${request.url()} ${errorText}`)
  })
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
      wrong.push(`${path} asks ${request.url()}`)
  })
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${path}: ${response.status()} for ${response.url()}`)
  })
  await page.goto(origin + path, { waitUntil: "networkidle" })
  await use(page)
  assert.deepStrictEqual(wrong, [])
  await page.close()
}

const text = async (page: Page, selector: string) => (await page.locator(selector).first().textContent()) ?? ""

beforeAll(async () => {
  ;({ origin, server } = await listen(0))
  const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
  const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...quiet, ...offline] })
})
afterAll(async () => {
  await browser.close()
  server.close()
  server.closeAllConnections()
})

describe("the site", () => {
  it("has no dead link, and no page that nothing links to", () => {
    const { links, pages, problems } = problemsOf(site)
    assert.deepStrictEqual(problems, [])
    assert.isAbove(pages, 40)
    assert.isAbove(links, 1000)
  })

  it("opens each page of the menu without an error, asks nobody else, and has room for 120 columns of code and each table", () =>
    using("/start.html", async (page) => {
      const paths = await page.$$eval(".VPSidebar a", (links) => links.map((link) => link.getAttribute("href") ?? ""))
      assert.isAbove(paths.length, 40)
      const wide: Array<string> = []
      const visit = async (page: Page, paths: ReadonlyArray<string>) => {
        for (const path of paths) {
          await page.goto(origin + path, { waitUntil: "load" })
          assert.isAbove((await text(page, "main h1")).length, 1, path)
          assert.isAbove((await text(page, "main")).length, 100, path)
          const found = await page.$$eval(".vp-doc div[class*=language-ts] pre, .vp-doc .table", (boxes) =>
            boxes.flatMap((box) => {
              if (box.scrollWidth <= box.clientWidth) return []
              const lines = (box.textContent ?? "").trim().split("\n")
              return [lines.toSorted((one: string, other: string) => other.length - one.length)[0] ?? ""]
            }),
          )
          wide.push(...found.map((line) => `${path} is too narrow for: ${line.slice(0, 130)}`))
        }
      }
      // From two sides at once.
      const half = Math.ceil(paths.length / 2)
      await Promise.all([
        visit(page, paths.slice(0, half)),
        using("/start.html", (other) => visit(other, paths.slice(half))),
      ])
      assert.deepStrictEqual(wide, [])
    }))

  it("shows at most 25 entries of the menu at first", () =>
    using("/start.html", async (page) => {
      const shown = await page.locator(".VPSidebar :is(a, h2, h3):visible").allTextContents()
      assert.isAtMost(shown.length, 25, shown.join(", "))
      assert.isAbove(shown.length, 15)
    }))

  it("begins with a sentence, the installation, a call, the live call and four cards", () =>
    using("/", async (page) => {
      await page.waitForSelector(".demo .custom-block-title")
      assert.include(await text(page, ".demo"), "outcome: Unknown")
      assert.include(await text(page, ".landing"), "npm install @effect-tiledb/client")
      assert.strictEqual(await page.locator(".landing .cards li").count(), 4)
      for (const block of await page.locator(".landing div[class*=language-]").all()) {
        const box = await block.boundingBox()
        assert.isAtMost((box?.y ?? 9999) + (box?.height ?? 0), 800)
      }
      await page.click(".demo .scenarios button:nth-child(2)")
      await page.waitForSelector(".demo .report.tip")
      await page.click(".demo a")
      await page.waitForURL((url) => url.pathname === "/live.html")
    }))

  it("has an icon, a card, the version, and a link to the source of each page", () =>
    using("/errors.html", async (page) => {
      const href = (selector: string) => page.locator(selector).getAttribute("href")
      assert.strictEqual(await href("link[rel=icon]"), "/favicon.svg")
      assert.include(await page.locator("meta[property='og:image']").getAttribute("content"), "/card.png")
      assert.match(await text(page, ".VPNavBarMenu"), /v\d+\.\d+\.\d+/)
      assert.match((await href(".edit-link-button")) ?? "", /\/edit\/main\/docs\/errors\.md$/)
      await page.goto(`${origin}/api/client/Users.html`)
      assert.match((await href(".edit-link-button")) ?? "", /\/edit\/main\/packages\/client\/src\/Users\.ts$/)
      for (const file of ["/favicon.svg", "/card.png"])
        assert.strictEqual((await page.request.get(origin + file)).status(), 200)
    }))

  it("shows at 390 pixels that a table goes on, and keeps the column that names the row", () =>
    using("/comparison.html", async (page) => {
      await page.setViewportSize({ width: 390, height: 844 })
      for (const [path, column] of [
        ["/comparison.html", 1],
        ["/people.html", 0],
      ] as const) {
        await page.goto(origin + path, { waitUntil: "networkidle" })
        const table = page.locator(".vp-doc .table").first()
        const left = async () => (await table.locator("tbody td").nth(column).boundingBox())?.x ?? 999
        assert.isTrue(await table.evaluate((it) => it.scrollWidth > it.clientWidth))
        assert.match(
          await table.evaluate((it) => it.ownerDocument.defaultView?.getComputedStyle(it).backgroundAttachment ?? ""),
          /local.*scroll/,
        )
        await table.evaluate((it) => it.scrollTo({ left: 1000 }))
        const edge = (await table.boundingBox())?.x ?? 0
        assert.approximately(await left(), edge, 1, path)
        assert.isAtMost(await page.locator("html").evaluate((it) => it.scrollWidth), 390, path)
      }
    }))

  it("keeps the space between two elements where a line ends", () =>
    using("/security.html", async (page) => assert.notMatch(await text(page, "main"), /Verified by\S/)))

  it("lists the recipes, and goes from one to the next", () =>
    using("/recipes/http-api.html", async (page) => {
      const shown = await page.locator(".VPSidebar a:visible").allTextContents()
      assert.includeMembers(shown, ["Users in an HttpApi", "In a browser", "Other languages"])
      assert.include(await text(page, ".pager-link.next"), "In a browser")
    }))

  it("draws the diagram of the architecture", () =>
    using("/architecture.html", async (page) => {
      await page.waitForSelector(".diagram svg")
      assert.include(await text(page, ".diagram"), "execute")
    }))
})

describe("the reference", () => {
  it("shows the ten methods of Users on the first screen, and no heading below the third level", () =>
    using("/api/client/Users.html", async (page) => {
      await page.setViewportSize({ width: 1280, height: 800 })
      const methods = page.locator("main .table tbody tr")
      assert.strictEqual(await methods.count(), 10)
      const box = await methods.nth(9).boundingBox()
      assert.isAtMost((box?.y ?? 9999) + (box?.height ?? 0), 800)
      const order = await page.$$eval("main h2", (all) => all.map((one) => one.id))
      assert.deepStrictEqual(order.slice(0, 2), ["users", "service"])
      assert.deepStrictEqual(order.slice(-2), ["createresolution", "layer"])
      for (const path of ["/api/client/TileDBError.html", "/api/schema/", "/api/testkit/Deployment.html"]) {
        await page.goto(origin + path)
        assert.strictEqual(await page.locator("main :is(h4, h5, h6)").count(), 0, path)
      }
    }))

  it("lists each module with a sentence", () =>
    using("/api/", async (page) => {
      const rows = await page.$$eval("main tbody tr", (all) => all.map((row) => row.children[1]?.textContent ?? ""))
      assert.isAbove(rows.length, 25)
      for (const sentence of rows) assert.match(sentence, /\w+ .*\.$/)
    }))
})

describe("the search", () => {
  const find = async (page: Page, query: string) => {
    await page.fill(".VPLocalSearchBox input", query)
    const first = page.locator(".VPLocalSearchBox .result").first()
    await first.waitFor()
    return first
  }
  const guides: Readonly<Record<string, string>> = {
    retry: "/retries.html",
    "429": "/retries.html",
    createUser: "/start.html",
    install: "/start.html",
    browser: "/compatibility.html",
    CORS: "/compatibility.html",
    password: "/configuration.html",
    proxy: "/configuration.html",
    "lost response": "/errors.html",
  }
  for (const [query, path] of Object.entries(guides))
    it(`finds the guide for "${query}" first`, () =>
      using("/start.html", async (page) => {
        await page.click(".VPNavBarSearch button")
        const first = await find(page, query)
        assert.strictEqual((await first.getAttribute("href"))?.replace(/#.*/, ""), path)
      }))

  it("finds a method of the API by its name", () =>
    using("/", async (page) => {
      await page.click(".VPNavBarSearch button")
      await find(page, "layerWithoutDispatcher")
      await page.locator(".VPLocalSearchBox .result").first().click()
      await page.waitForURL((url) => url.pathname !== "/")
      assert.include(await text(page, "main"), "layerWithoutDispatcher")
    }))
})

describe("the live page", () => {
  interface Choice {
    readonly operation: string
    readonly who?: string
    readonly fault: string
    readonly strikes?: string
    readonly policy?: string
  }
  const cells = (page: Page, table: string) =>
    page.$$eval(`table.${table} tbody tr`, (rows) =>
      rows.map((row) => Array.from(row.children, (cell) => (cell as { readonly textContent: string }).textContent)),
    )
  const call = async (page: Page, { fault, operation, policy, strikes = "1", who = "grace" }: Choice) => {
    await page.selectOption("select[name=operation]", operation)
    await page.fill("input[name=who]", who)
    await page.selectOption("select[name=fault]", fault)
    await page.selectOption("select[name=strikes]", strikes)
    if (policy !== undefined) await page.selectOption("select[name=policy]", policy)
    await page.click(".live button")
    await page.waitForSelector(".live button:not([disabled])")
    await page.waitForSelector(".report .custom-block-title")
    const journal = await page.$$eval(".journal li", (lines) => lines.map((line) => line.textContent))
    return { report: await text(page, ".report"), requests: await cells(page, "requests"), last: journal.at(-1) }
  }

  it("tells a lost response from a refusal, and shows what the service did", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const lost = await call(page, { operation: "createUser", fault: "reset-after" })
      assert.include(lost.report, "TransportError ConnectionLost")
      assert.include(lost.report, "outcome: Unknown")
      assert.include(lost.report, "The change may have been made")
      assert.deepStrictEqual(
        lost.requests.map(([, , request, result]) => [request, result]),
        [["POST /v4/users", "no response"]],
      )
      assert.strictEqual(lost.last, "createUser: done, and then Reset")
      assert.deepStrictEqual(
        (await cells(page, "users")).map(([name]) => name),
        ["owner", "ada", "grace"],
      )
      const [[to, kind, token] = []] = await cells(page, "mailbox")
      assert.deepStrictEqual([to, kind, token], ["grace@example.com", "confirm_email", "<redacted>"])
      if (process.env.SCREENSHOT !== undefined) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true })

      const again = await call(page, { operation: "createUser", fault: "nothing" })
      assert.include(again.report, "ApiError 409")
      assert.include(again.report, "username is taken")
    }))

  it("retries what is safe to retry, with the delays to be seen, and nothing else", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const twice = { fault: "503", strikes: "2" }
      const read = await call(page, { operation: "getUser", who: "ada", ...twice })
      assert.include(read.report, "Succeeded")
      assert.include(read.report, '"username": "ada"')
      assert.deepStrictEqual(
        read.requests.map(([, , , result]) => result),
        ["503", "503", "200"],
      )
      const begun = read.requests.map(([, begun = ""]) => Number.parseInt(begun, 10))
      assert.deepStrictEqual(
        begun,
        begun.toSorted((one, other) => one - other),
      )

      const reset = await call(page, { operation: "requestPasswordReset", who: "ada", ...twice })
      assert.deepStrictEqual(
        reset.requests.map(([, , , result]) => result),
        ["503"],
      )
      const asked = await call(page, {
        operation: "requestPasswordReset",
        who: "ada",
        fault: "503-wait",
      })
      assert.deepStrictEqual(
        asked.requests.map(([, , , result]) => result),
        ["503", "204"],
      )
      assert.isAtLeast(Number.parseInt(asked.requests[1]?.[1] ?? "", 10), 990)

      const gone = await call(page, {
        operation: "deleteUser",
        who: "ada",
        fault: "reset-after",
      })
      assert.include(gone.report, "Succeeded")
      assert.deepStrictEqual(
        gone.requests.map(([, , , result]) => result),
        ["no response", "404"],
      )
    }))

  it("goes through each operation and each fault, and sends nothing to anybody", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const operations = await page.$$eval("select[name=operation] option", (all) =>
        all.map((one) => one.textContent ?? ""),
      )
      assert.strictEqual(operations.length, 10)
      const order = operations.toSorted((one, other) => Number(one === "deleteUser") - Number(other === "deleteUser"))
      for (const operation of order) {
        const { report } = await call(page, { operation, fault: "nothing" })
        assert.include(report, "Succeeded", operation)
      }
      const faults = await page.$$eval("select[name=fault] option", (all) =>
        all.map((one) => one.getAttribute("value") ?? ""),
      )
      assert.isAbove(faults.length, 10)
      for (const fault of faults) {
        const { report } = await call(page, { operation: "changePassword", who: "ada", fault, strikes: "all" })
        assert.match(report, /outcome: \w+/, fault)
      }
    }))

  it("runs a scenario at the press of a button, and from the link to it", () =>
    using("/live.html", async (page) => {
      await page.click(".scenarios button:has-text('The response to deleteUser is lost')")
      await page.waitForSelector(".report.tip")
      assert.include(await text(page, "pre.code"), 'fault: Faults.reset("after")')
      assert.include(page.url(), "operation=deleteUser")
      const link = await page.locator(".share").getAttribute("href")
      assert.isTrue(page.url().endsWith(link ?? "no link"))
      await page.goto(`${origin}${link}`)
      await page.waitForSelector(".report.tip")
      assert.strictEqual(await page.inputValue("select[name=operation]"), "deleteUser")
      assert.strictEqual(await page.inputValue("select[name=fault]"), "reset-after")
    }))

  it("aligns the labels and the fields", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const left = (selector: string) =>
        page.$$eval(`.live ${selector}`, (all) => [...new Set(all.map((one) => one.getBoundingClientRect().left))])
      assert.strictEqual((await left("label")).length, 1)
      assert.strictEqual((await left(":is(select, input)")).length, 1)
    }))
})
