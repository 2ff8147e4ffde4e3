/** What docs/promises.md says of examples/src/promises.ts. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Credentials, TileDBClient, type TileDBError, Users } from "@effect-tiledb/client"
import { type User, UserId } from "@effect-tiledb/schema"
import { TestUsers } from "@effect-tiledb/testkit"
import { Effect, Layer } from "effect"
import { assert, describe, expectTypeOf, it, onTestFinished } from "vitest"
import { promised } from "../src/promises.js"

const over = <E>(layer: Layer.Layer<Users.Users, E>) => {
  const client = promised(layer)
  onTestFinished(client.close)
  return client
}
const live = (baseUrl: string) =>
  Users.layer.pipe(
    Layer.provide(TileDBClient.layerFetch({ baseUrl, allowInsecureHttp: true, credentials: Credentials.anonymous })),
  )
const reject = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail("it resolves"),
    (error: unknown) => error,
  )

describe("from Promises", () => {
  it("a call resolves with its result", async () => {
    const { call } = over(TestUsers.asOwner())
    const self = await call((users) => users.getSelfUser)
    assert.isFalse(self instanceof Error)
    if (!(self instanceof Error)) assert.strictEqual(self.user.username, "owner")
  })

  it("a call resolves with its error, of the method's own union", async () => {
    const { call } = over(TestUsers.asOwner())
    const found = await call((users) => users.getUser(UserId.make("usr_00000000000000000000")))
    expectTypeOf(found).toEqualTypeOf<User | TileDBError.CommonError | TileDBError.NotFound>()
    assert.isTrue(found instanceof Error && found._tag === "NotFound")
  })

  it("an abort closes the socket, and rejects with the signal's reason", async () => {
    const controller = new AbortController()
    const server = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    const { call } = over(live(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v4`))
    const rejected = reject(call((users) => users.getSelfUser, controller.signal))
    const [request] = await once(server, "request")
    const closed = once(request.socket, "close")
    controller.abort("enough")
    assert.strictEqual(await rejected, "enough")
    await closed
  })

  it("an aborted signal sends nothing", async () => {
    const { call } = over(TestUsers.asOwner())
    let started = false
    const method = (users: Users.Service) => {
      started = true
      return users.getSelfUser
    }
    const reason = await reject(call(method, AbortSignal.abort("too late")))
    assert.deepStrictEqual([reason, started], ["too late", false])
  })

  it("a configuration that cannot be used rejects with what to write", async () => {
    const layer = Users.layer.pipe(Layer.provide(TileDBClient.layerFetch({ baseUrl: "https://app.tiledb.com" })))
    const error = await reject(over(layer).call((users) => users.getSelfUser))
    assert.include(String(error), "web console")
  })

  it("a bug in the given function rejects as it is", async () => {
    const bug = new Error("bug")
    assert.strictEqual(await reject(over(TestUsers.asOwner()).call(() => Effect.die(bug))), bug)
  })

  it("all calls share one client, which is built with the first and closed at the end", async () => {
    const events: Array<string> = []
    const note = (event: string) => Effect.sync(() => void events.push(event))
    const resource = Layer.scopedDiscard(Effect.acquireRelease(note("opened"), () => note("closed")))
    const { call, close } = promised(Layer.merge(TestUsers.asOwner(), resource))
    assert.deepStrictEqual(events, [])
    await Promise.all([call((users) => users.getSelfUser), call((users) => users.getSelfUser)])
    await close()
    assert.deepStrictEqual(events, ["opened", "closed"])
  })
})
