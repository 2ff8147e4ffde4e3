// A server, or a CDN before it, that compresses although it was not asked to (RFC 9110, 12.5.3).
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Users } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { decoded } from "../../src/internal/http/contentCoding.js"
import { id, user } from "../support/documented.js"
import { listening } from "../support/listening.js"
import { transports } from "../support/transports.js"
import { usersLayer } from "../support/users.js"

const codings: Record<string, readonly [header: string, (text: string) => Buffer]> = {
  gzip: ["gzip", gzipSync],
  "gzip, by its old name": [" X-Gzip", gzipSync],
  deflate: ["deflate", deflateSync],
  br: ["br", brotliCompressSync],
}

const person = {
  username: "ada",
  email: "ada@example.com",
  password: Redacted.make("correct horse"),
}

/** Calls a server that answers with this body and `Content-Encoding`; what it was sent is in `asked`. */
const calling = <A, E>(
  transport: Layer.Layer<HttpClient.HttpClient>,
  answer: { readonly status: number; readonly encoding: string; readonly body: Buffer; readonly type?: string },
  use: (users: Users.Service) => Effect.Effect<A, E>,
) =>
  Effect.gen(function* () {
    const asked: Array<string | undefined> = []
    const baseUrl = yield* listening(({ headers }, response) => {
      asked.push(headers["accept-encoding"]?.toString())
      response
        .writeHead(answer.status, {
          "content-type": answer.type ?? "application/json",
          "content-encoding": answer.encoding,
        })
        .end(answer.body)
    })
    const result = yield* Effect.either(
      Effect.flatMap(Users.Users, use).pipe(
        Effect.provide(Layer.provide(usersLayer({ baseUrl, maxBodyBytes: 100_000 }), transport)),
      ),
    )
    return { asked, result }
  })

describe("a response that is compressed", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`is read like any other: ${name}`, () =>
      Effect.gen(function* () {
        for (const [coding, [encoding, compress]] of Object.entries(codings)) {
          const made = yield* calling(
            transport,
            { status: 201, encoding, body: compress(JSON.stringify({ data: user })) },
            (users) => users.createUser(person),
          )
          assert.deepStrictEqual(made.asked, ["identity"], coding)
          assert.strictEqual(made.result._tag === "Right" && made.result.right.id, id, coding)
          const missing = JSON.stringify({ code: 2, message: "There is no such user", request_id: "req_2" })
          const gone = yield* calling(transport, { status: 404, encoding, body: compress(missing) }, (users) =>
            Effect.flip(users.getUser(id)),
          )
          assert.deepInclude(gone.result._tag === "Right" && gone.result.right, {
            _tag: "NotFound",
            serviceMessage: "There is no such user",
          })
        }
      }),
    )

    it.scopedLive(`is read up to the cap: ${name}`, () =>
      Effect.gen(function* () {
        for (const [coding, [encoding, compress]] of Object.entries(codings)) {
          const { asked, result } = yield* calling(
            transport,
            { status: 200, encoding, body: compress(`"${"x".repeat(2_000_000)}"`) },
            (users) => Effect.flip(users.getUser(id)),
          )
          assert.deepInclude(result._tag === "Right" && result.right, { reason: "BodyTooLarge" }, coding)
          assert.strictEqual(asked.length, 1)
        }
      }),
    )

    it.scopedLive(`in an unknown coding proves nothing, and is not retried: ${name}`, () =>
      Effect.gen(function* () {
        const body = gzipSync(JSON.stringify({ data: user }))
        const made = yield* calling(transport, { status: 201, encoding: "exotic", body }, (users) =>
          Effect.flip(users.createUser(person)),
        )
        assert.deepInclude(made.result._tag === "Right" && made.result.right, {
          _tag: "TransportError",
          reason: "BodyEncoding",
          outcome: "Unknown",
        })
        assert.strictEqual(made.asked.length, 1)
        const read = yield* calling(transport, { status: 200, encoding: "exotic", body }, (users) =>
          Effect.flip(users.getUser(id)),
        )
        assert.deepInclude(read.result._tag === "Right" && read.result.right, { reason: "BodyEncoding" })
        assert.strictEqual(read.asked.length, 1)
        // A 404 that cannot be read is not the service's own.
        const gone = yield* calling(transport, { status: 404, encoding: "exotic", body }, (users) =>
          Effect.flip(users.getUser(id)),
        )
        assert.deepInclude(gone.result._tag === "Right" && gone.result.right, { _tag: "ApiError", status: 404 })
      }),
    )
  }
})

describe("a body", () => {
  const json = new TextEncoder().encode(JSON.stringify({ data: user }))
  const read = (bytes: Uint8Array, limit: number, encoding: string | undefined) =>
    Effect.runSync(Effect.merge(decoded(Effect.succeed(bytes), limit, encoding)))

  it("that is text is left alone, whatever its header says: fetch has decoded it", () => {
    for (const encoding of ["gzip", "deflate", "br", "exotic"]) assert.strictEqual(read(json, 10, encoding), json)
  })

  it("that says nothing, or identity, is left alone", () => {
    const bytes = gzipSync(json)
    for (const encoding of [undefined, "", "identity", "Identity "]) {
      assert.strictEqual(read(bytes, 10, encoding), bytes)
    }
  })

  it("that was cut short or is something else is a fault", () => {
    const bytes = gzipSync(json)
    assert.strictEqual(read(bytes.subarray(0, 40), 1000, "gzip"), "BodyEncoding")
    for (const encoding of ["deflate", "br", "gzip, gzip"]) {
      assert.strictEqual(read(bytes, 1000, encoding), "BodyEncoding")
    }
  })

  it("is made up to the limit, however high that is", () => {
    const bytes = gzipSync(json)
    assert.strictEqual(read(bytes, json.length - 1, "gzip"), "BodyTooLarge")
    for (const limit of [json.length, Number.MAX_SAFE_INTEGER]) {
      assert.deepStrictEqual(Uint8Array.from(read(bytes, limit, "gzip") as Uint8Array), json)
    }
  })
})
