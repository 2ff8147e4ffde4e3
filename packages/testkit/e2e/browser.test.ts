import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Deployment, Journal, TestServer } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import { Effect, Layer, Redacted } from "effect"
import { chromium } from "playwright-core"

/** A page of another origin: `http://evil.example`, which a resolver under its control leads to this machine. */
const malicious = Effect.acquireRelease(
  Effect.async<{ readonly origin: string; readonly close: () => void }>((resume) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>evil</title>")
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ origin: `http://evil.example:${port}`, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close),
)

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
const offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

const browser = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [...quiet, ...offline, "--host-resolver-rules=MAP evil.example 127.0.0.1"],
    }),
  ),
  (browser) => Effect.promise(() => browser.close()),
)

interface Targets {
  readonly api: string
  readonly control: string
  readonly key: string
  readonly token: string
}

/** What the page tries; tells which of its requests it got an answer to. */
const attack = readFileSync(new URL("attack.js", import.meta.url), "utf8")

const servers = (cors: ReadonlyArray<string>) =>
  Layer.mergeAll(TestServer.layerDeployment({ cors }), Control.layer(), FetchHttpClient.layer).pipe(
    Layer.provideMerge(Deployment.layer()),
  )

const targets = Effect.gen(function* () {
  const { apiKey, baseUrl } = yield* TestServer.TestServer
  const { token, url } = yield* Control.Control
  return { api: baseUrl, control: url, key: Redacted.value(apiKey), token: Redacted.value(token) }
})

/** The page's attempts, at these addresses, from a page at this one. */
const attempt = (page: string, where: Targets) =>
  Effect.flatMap(browser, (browser) =>
    Effect.promise(async () => {
      const tab = await browser.newPage()
      await tab.goto(page)
      return tab.evaluate<ReadonlyArray<string>>(`${attack}\nattack(${JSON.stringify(where)})`)
    }),
  )

const succeeded = Effect.map(Journal.entries(), (entries) =>
  entries.filter(({ operation, outcome }) => operation !== undefined && outcome._tag === "Success"),
)

const bounded = { timeout: 120_000 }

describe("a malicious page in Chromium", () => {
  it.scopedLive(
    "reads nothing and changes nothing, on either port, even if it knew the key and the token",
    () =>
      Effect.gen(function* () {
        const { origin } = yield* malicious
        const d = yield* Deployment.Deployment
        yield* d.add({ username: "kept" })
        assert.deepStrictEqual(yield* attempt(origin, yield* targets), [])
        assert.deepStrictEqual(
          (yield* d.users).map(({ username }) => username),
          ["owner", "kept"],
        )
        // Also what a page may send without a preflight is refused at the door: the journal has nothing of it.
        assert.deepStrictEqual(yield* Journal.entries("createUser"), [])
        assert.deepStrictEqual(yield* succeeded, [])
      }).pipe(Effect.provide(servers([]))),
    bounded,
  )

  it.scopedLive(
    "whose own name leads to the ports (DNS rebinding) is refused by its Host",
    () =>
      Effect.gen(function* () {
        const d = yield* Deployment.Deployment
        yield* d.add({ username: "kept" })
        const { api, control, key, token } = yield* targets
        const rebound = (url: string) => url.replace("127.0.0.1", "evil.example")
        const where = { api: rebound(api), control: rebound(control), key, token }
        // Of the very origin that it attacks, so that the browser itself has no objections.
        for (const page of [new URL("/", where.api).href, `${where.control}/`]) {
          assert.deepStrictEqual(yield* attempt(page, where), [])
        }
        assert.strictEqual(yield* d.size, 2)
        assert.deepStrictEqual(yield* Journal.entries(), [])
      }).pipe(Effect.provide(servers([]))),
    bounded,
  )

  it.scopedLive(
    "is let in to the API, and to nothing else, where cors names its origin",
    () =>
      Effect.gen(function* () {
        const { origin } = yield* malicious
        const answered = yield* Effect.provide(
          Effect.flatMap(targets, (where) => attempt(origin, where)),
          servers([origin]),
        )
        assert.deepStrictEqual(answered, ["a read with a key", "a request with a preflight", "the document"])
      }),
    bounded,
  )
})
