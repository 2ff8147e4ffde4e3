import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loopback, serve } from "../src/in-a-browser.js"

const read = (url: string) =>
  Effect.promise(async () => {
    const answer = await fetch(url)
    assert.strictEqual(answer.status, 200, url)
    return answer.text()
  })

// That the page works is seen in Chromium: examples/e2e.
describe("in-a-browser", () => {
  it.scopedLive("serves a page and its code without a credential; a token is asked for", () =>
    Effect.gen(function* () {
      const url = yield* serve
      const [page, code, token] = yield* Effect.all([read(url), read(`${url}page.js`), read(`${url}token`)])
      assert.include(page, 'data-api="http://127.0.0.1:')
      assert.isAbove(token.length, 10)
      for (const text of [page, code]) assert.notInclude(text, token)
      assert.notMatch(page + code, /tiledb_[a-z0-9]{8}/)
    }).pipe(Effect.provide(loopback)),
  )
})
