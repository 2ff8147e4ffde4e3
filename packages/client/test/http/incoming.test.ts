// A response whose body has been read is not kept by the registry that watches for dropped ones.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { Incoming } from "../../src/internal/http/incoming.js"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

class Scripted extends Incoming {
  readonly status = 200
  readonly headers = {}
  readonly setCookies = []
  protected limit = 1
  aborted = false
  header(): undefined {}
  over(): void {
    this.end()
  }
  protected close(): void {
    this.aborted = true
  }
  protected resume(): void {}
}

const make = () =>
  new Scripted(
    () => {},
    () => {},
    undefined,
  )

/** Gives nothing that points at the exchange itself. */
const watched = (response: object, use: (exchange: Scripted) => void): WeakRef<Scripted> => {
  const exchange = make()
  exchange.watch(response)
  use(exchange)
  return new WeakRef(exchange)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe("a response that is watched", () => {
  it("is kept while its body has not ended, and its exchange with it", async () => {
    const response = {}
    const exchange = watched(response, () => {})
    await turn()
    collect()
    assert.isDefined(exchange.deref())
    assert.isDefined(response)
  })

  it("lets its exchange go when the body has ended, though the response is still held", async () => {
    const response = {}
    const exchange = watched(response, (exchange) => exchange.over())
    await turn()
    collect()
    assert.isUndefined(exchange.deref())
    assert.isDefined(response)
  })

  it("is aborted when it is collected before the body has ended", async () => {
    const exchange = make()
    const respond = () => exchange.watch({})
    respond()
    for (let round = 0; round < 20 && !exchange.aborted; round++) {
      collect()
      await turn()
    }
    assert.isTrue(exchange.aborted)
  })
})
