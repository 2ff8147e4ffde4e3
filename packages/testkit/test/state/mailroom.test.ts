import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import { type Filter, Mailroom, type Message } from "../../src/internal/state/mailroom.js"

const mail = (token: string, username: string, kind: Message["kind"] = "confirm_email"): Message => ({
  kind,
  to: { username, email: `${username}@Example.com` },
  token: Redacted.make(token),
  time: DateTime.unsafeMake(0),
})

const first = mail("1", "Ada")
const second = mail("2", "bob")
const third = mail("3", "ADA", "password_reset")

const room = (...messages: ReadonlyArray<Message>) => {
  const room = new Mailroom()
  for (const message of messages) room.deliver(message)
  return room
}

/** A room where somebody takes, and what has come so far. */
const taking = (filter: Filter, room = new Mailroom()) => {
  const taken: Array<Message> = []
  const cancel = room.take(filter, (message) => taken.push(message))
  return { cancel, room, taken }
}

describe("e-mails are found, oldest first", () => {
  const table: ReadonlyArray<readonly [Filter, ReadonlyArray<Message>]> = [
    [{}, [first, second, third]],
    [{ to: "ada" }, [first, third]],
    [{ to: "aDA@eXample.com" }, [first, third]],
    [{ to: "BOB@example.com" }, [second]],
    [{ to: "example.com" }, []],
    [{ to: "" }, []],
    [{ kind: "confirm_email" }, [first, second]],
    [{ kind: "password_reset" }, [third]],
    [{ kind: "invitation" }, []],
    [{ to: "Ada", kind: "password_reset" }, [third]],
    [{ to: "bob", kind: "password_reset" }, []],
  ]
  for (const [filter, found] of table) {
    it(`by ${JSON.stringify(filter)}`, () => assert.deepStrictEqual(room(first, second, third).find(filter), found))
    it(`and taken by ${JSON.stringify(filter)}, the oldest alone, from wherever it was found`, () => {
      const all = room(first, second, third)
      assert.deepStrictEqual(taking(filter, all).taken, found.slice(0, 1))
      const rest = [first, second, third].filter((message) => message !== found[0])
      assert.deepStrictEqual(all.find({}), rest)
      for (const key of ["ada", "ada@example.com"]) {
        assert.deepStrictEqual(
          all.find({ to: key }),
          rest.filter((message) => message !== second),
        )
      }
    })
    it(`and handed to who waits by ${JSON.stringify(filter)}, the first that comes`, () => {
      const { room, taken } = taking(filter)
      for (const message of [first, second, third]) room.deliver(message)
      assert.deepStrictEqual(taken, found.slice(0, 1))
      assert.deepStrictEqual(
        room.find({}),
        [first, second, third].filter((message) => message !== found[0]),
      )
    })
  }

  it("in a list of the moment", () => {
    const all = room(first)
    const before = all.find({})
    all.deliver(second)
    assert.deepStrictEqual(before, [first])
  })
})

it("who waits first is served first, each once", () => {
  const one = taking({ to: "ada" })
  const two = taking({}, one.room)
  const other = taking({ to: "bob" }, one.room)
  for (const message of [first, third, second]) one.room.deliver(message)
  assert.deepStrictEqual([one.taken, two.taken, other.taken], [[first], [third], [second]])
  assert.deepStrictEqual(one.room.find({}), [])
})

it("who waits no more gets nothing; who has been served may say so too", () => {
  const { cancel, room: empty, taken } = taking({})
  cancel()
  empty.deliver(first)
  assert.deepStrictEqual([taken, empty.find({})], [[], [first]])
  const served = taking({}, empty)
  served.cancel()
  empty.deliver(second)
  assert.deepStrictEqual([served.taken, empty.find({})], [[first], [second]])
})

it("who was served at once does not wait for another", () => {
  const { room: all, taken } = taking({}, room(first))
  all.deliver(second)
  assert.deepStrictEqual([taken, all.find({})], [[first], [second]])
})

it("a cleared room has nothing, for nobody", () => {
  const all = room(first, second)
  all.clear()
  for (const filter of [{}, { to: "ada" }, { to: "bob@example.com" }]) assert.deepStrictEqual(all.find(filter), [])
})

it("a restored room has what is given and nothing else, in order; who waits goes on waiting", () => {
  const all = room(first)
  const { taken } = taking({ to: "bob" }, all)
  all.restore([third, second])
  assert.deepStrictEqual([all.find({}), all.find({ to: "ada" }), taken], [[third, second], [third], []])
})
