import { assert, describe, it } from "@effect/vitest"
import { Random } from "../../src/internal/state/random.js"

const draw = (random: Random) => [random.id("usr"), random.secret("tiledb"), random.requestId(), random.ownerBearer]

describe("the values of a deployment", () => {
  it("have the documented forms, whatever the digits", () => {
    const random = new Random("forms")
    assert.match(random.ownerBearer, /^bearer_[0-9a-v]{40}$/)
    for (let round = 0; round < 500; round++) {
      assert.match(random.id("usr"), /^usr_[0-9a-v]{20}$/)
      assert.match(random.secret("tiledb"), /^tiledb_[0-9a-v]{40}$/)
      assert.match(random.requestId(), /^req_[0-9a-v]{20}$/)
    }
  })

  it("are those of the seed, in every version: tests of other people have them in their snapshots", () => {
    assert.deepStrictEqual(draw(new Random(0)), [
      "usr_hg4mttj7isoc389jriq7",
      "tiledb_b2v1ijlgocuf4vlcjsikepj4jsged4ts1tkpp1tk",
      "req_ue02edkf15p7ug59tosa",
      "bearer_k551njh99ai3agdmf53avjkomtufv504sjaforhs",
    ])
    assert.deepStrictEqual(draw(new Random("0")), draw(new Random(0)))
    assert.deepStrictEqual(draw(new Random("other")), [
      "usr_0h390o76m1oivncj3fbg",
      "tiledb_pohdcdn1jjs5pip3lb9a0a0ihif6j69v8qqhbc3s",
      "req_27ifd35kcbuvu91bnr30",
      "bearer_vfvbbsq2jqr5gid5ltkl0gttln0s0nni6all4mg9",
    ])
  })

  it("of one kind do not depend on how many of another were drawn", () => {
    const [plain, busy] = [new Random(1), new Random(1)]
    busy.requestId()
    busy.secret("tiledb")
    assert.strictEqual(busy.id("usr"), plain.id("usr"))
    busy.requestId()
    plain.secret("tiledb")
    assert.strictEqual(busy.secret("tiledb"), plain.secret("tiledb"))
  })

  it("go on from a state that was kept", () => {
    const random = new Random(1)
    draw(random)
    const { state } = random
    const next = draw(random)
    const other = new Random(2)
    other.state = state
    assert.deepStrictEqual(draw(other).slice(0, 3), next.slice(0, 3))
    random.state = state
    assert.deepStrictEqual(draw(random), next)
  })
})
