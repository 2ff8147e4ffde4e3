/** The built site in headless Chromium: every page, the search, the diagram and the live page. */
import { createReadStream, existsSync, statSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { problemsOf } from "../links.js"

const site = fileURLToPath(new URL("../.vitepress/dist", import.meta.url))
const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" }

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1")
  const file = join(site, decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname))
  if (!file.startsWith(site) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end()
  response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream")
  return createReadStream(file).pipe(response)
})

let browser: Browser
let origin = ""

/** Opens a page, uses it, and fails with all that went wrong in it: errors, answers that are none, requests that leave the site. */
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
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
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

  it("opens each page of the menu without an error, and asks nobody else", () =>
    using("/", async (page) => {
      const paths = await page.$$eval(".VPSidebar a", (links) => links.map((link) => link.getAttribute("href") ?? ""))
      assert.isAbove(paths.length, 40)
      // From two sides at once.
      const half = Math.ceil(paths.length / 2)
      const visit = async (page: Page, paths: ReadonlyArray<string>) => {
        for (const path of paths) {
          await page.goto(origin + path, { waitUntil: "load" })
          assert.isAbove((await text(page, "main h1")).length, 1, path)
          assert.isAbove((await text(page, "main")).length, 100, path)
        }
      }
      await Promise.all([visit(page, paths.slice(0, half)), using("/", (other) => visit(other, paths.slice(half)))])
    }))

  it("finds a method of the API by its name", () =>
    using("/", async (page) => {
      await page.click(".VPNavBarSearch button")
      await page.fill(".VPLocalSearchBox input", "resolveCreate")
      const first = page.locator(".VPLocalSearchBox .result").first()
      await first.waitFor()
      await first.click()
      await page.waitForURL((url) => url.pathname !== "/")
      assert.include(await text(page, "main"), "resolveCreate")
    }))

  it("draws the diagram of the architecture", () =>
    using("/architecture.html", async (page) => {
      await page.waitForSelector(".diagram svg")
      assert.include(await text(page, ".diagram"), "execute")
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
  const call = async (page: Page, { fault, operation, policy, strikes = "1 attempt", who = "grace" }: Choice) => {
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

  it("tells a lost answer from one that was refused, and shows what the service did", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const lost = await call(page, { operation: "createUser", fault: "connection reset, after it has acted" })
      assert.include(lost.report, "TransportError ConnectionLost")
      assert.include(lost.report, "outcome: Unknown")
      assert.include(lost.report, "It may have been done")
      assert.deepStrictEqual(
        lost.requests.map(([, , request, result]) => [request, result]),
        [["POST /v4/users", "no answer"]],
      )
      assert.strictEqual(lost.last, "createUser: done, and then Reset")
      assert.deepStrictEqual(
        (await cells(page, "users")).map(([name]) => name),
        ["owner", "ada", "grace"],
      )
      const [[, to, kind, token] = []] = await cells(page, "mailbox")
      assert.deepStrictEqual([to, kind, token], ["grace@example.com", "confirm_email", "<redacted>"])
      if (process.env.SCREENSHOT !== undefined) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true })

      const again = await call(page, { operation: "createUser", fault: "nothing" })
      assert.include(again.report, "ApiError 409")
      assert.include(again.report, "username is taken")
    }))

  it("repeats what is safe to repeat, with the delays to be seen, and nothing else", () =>
    using("/live.html", async (page) => {
      await page.waitForSelector(".live button")
      const twice = { fault: "503, the service restarts", strikes: "2 attempts" }
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
        fault: "503 with Retry-After: 1",
      })
      assert.deepStrictEqual(
        asked.requests.map(([, , , result]) => result),
        ["503", "204"],
      )
      assert.isAtLeast(Number.parseInt(asked.requests[1]?.[1] ?? "", 10), 990)

      const gone = await call(page, {
        operation: "deleteUser",
        who: "ada",
        fault: "connection reset, after it has acted",
      })
      assert.include(gone.report, "Succeeded")
      assert.deepStrictEqual(
        gone.requests.map(([, , , result]) => result),
        ["no answer", "404"],
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
      const faults = await page.$$eval("select[name=fault] option", (all) => all.map((one) => one.textContent ?? ""))
      assert.isAbove(faults.length, 10)
      for (const fault of faults) {
        const { report } = await call(page, { operation: "changePassword", who: "ada", fault, strikes: "all attempts" })
        assert.match(report, /outcome: \w+/, fault)
      }
    }))
})
