import { assert, describe, it } from "@effect/vitest"
import * as Schemas from "@effect-tiledb/schema"
import { Arbitraries, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as FastCheck from "fast-check"
import { inFull } from "../../client/test/support/exhaustive.js"
import { fieldsOf, send } from "./support/raw.js"

const models = Object.entries(Arbitraries).flatMap(([name, model]) => {
  const schema = Object.entries(Schemas).find(([other]) => other === name)?.[1]
  return Schema.isSchema(schema) && "wire" in model ? [[name, schema as Schema.Schema<unknown>, model] as const] : []
})

describe("generators", () => {
  it("there are some for every model of the schema", () => {
    const structs = Object.entries(Schemas).flatMap(([name, schema]) =>
      Schema.isSchema(schema) && Schema.encodedSchema(schema).ast._tag === "TypeLiteral" ? [name] : [],
    )
    assert.deepStrictEqual(models.map(([name]) => name).toSorted(), structs.toSorted())
  })

  for (const [name, schema, { value, wire, nearMiss }] of models) {
    it(`${name}: values are valid, the wire decodes, near misses do not`, () => {
      const is = Schema.is(schema)
      const decode = Schema.decodeUnknownEither(schema)
      const seen = new Set<string>()
      FastCheck.assert(
        FastCheck.property(value, (decoded) => is(decoded)),
        { seed: 1 },
      )
      FastCheck.assert(
        FastCheck.property(wire, (json) => Either.isRight(decode(json))),
        { seed: 1 },
      )
      FastCheck.assert(
        FastCheck.property(nearMiss, ({ value, path, problem }) => {
          seen.add(`${path} ${problem}`)
          return Either.isLeft(decode(value))
        }),
        { seed: 1, numRuns: inFull(200, 60) },
      )
      assert.isAbove(seen.size, 2)
    })
  }

  for (const [name, schema, { value, wire, nearMiss }] of models) {
    it(`${name}: decodeResponse reads what the schema decodes, and is told of nothing else`, () => {
      const decode = Schema.decodeUnknownOption(schema)
      const encode = Schema.encodeSync(schema)
      const read = Schemas.decodeResponse(schema)
      const strictly = Schemas.decodeResponse(schema, { strict: true })
      const same = (json: unknown) => {
        const answer = read(json)
        assert.deepStrictEqual(Option.map(Either.getRight(answer), Struct.get("value")), decode(json))
        assert.isTrue(Either.isRight(answer) && answer.right.issues.length === 0)
      }
      FastCheck.assert(FastCheck.property(wire, same), { seed: 2, numRuns: 30 })
      FastCheck.assert(
        FastCheck.property(value, (decoded) => {
          const json = JSON.parse(JSON.stringify(encode(decoded)))
          same(json)
          assert.deepStrictEqual(strictly(json), read(json))
        }),
        { seed: 2, numRuns: 30 },
      )
      // A near miss: the schema and strict reading refuse it, generous reading is told where it is.
      FastCheck.assert(
        FastCheck.property(nearMiss, ({ value, path }) => {
          assert.isTrue(Option.isNone(decode(value)))
          const refused = strictly(value)
          assert.isTrue(Either.isLeft(refused))
          const told = Either.match(read(value), { onLeft: identity, onRight: Struct.get("issues") })
          assert.deepStrictEqual(told, Either.merge(Either.map(refused, Struct.get("issues"))))
          if (told.length < 20)
            assert.include(
              told.map(({ path }) => path.replace(/\[(\d+)\]/g, ".$1")),
              path,
            )
        }),
        { seed: 2, numRuns: inFull(100, 30) },
      )
    })
  }

  it("near misses miss forms too, and deep inside", () => {
    const problems = FastCheck.sample(Arbitraries.UserSelfWorkspace.nearMiss, { seed: 1, numRuns: 1000 })
    const paths = problems.map(({ path, problem }) => `${path} ${problem}`)
    for (const path of ["created_at format", "self.created_at format", "self.role missing", "created_by.email null"]) {
      assert.include(paths, path)
    }
    const optional = problems.filter(({ path }) => path === "self.image_id")
    assert.deepStrictEqual(Array.from(new Set(optional.map(({ problem }) => problem))), ["type"])
  })
})

const required = new Set(["email", "username", "password"])

const isNoExcuse = ({ path, problem }: Arbitraries.NearMiss) => problem !== "null" || required.has(path)

describe("the deployment and near misses", () => {
  it.effect("a registration that misses in one field is refused for that field", () =>
    Effect.gen(function* () {
      const misses = FastCheck.sample(Arbitraries.UserCreateRequest.nearMiss, { seed: 2, numRuns: 200 })
      // The service takes null for absent, which an optional field may be.
      for (const { value, path, problem } of misses.filter(isNoExcuse)) {
        const answer = yield* send("POST", "/users", { json: value })
        assert.strictEqual(answer.status, 400)
        assert.include(fieldsOf(answer), path, `${problem} ${JSON.stringify(value)}`)
      }
    }).pipe(Effect.provide(TestHttpClient.layer())),
  )
})
