/**
 * Records the traffic of a live or test service in a readable file, without secrets, and replays it offline.
 *
 * A recording has the method, path, kind of credential and body of each request, and the status, relevant headers and
 * body of each response. API keys, passwords and tokens are placeholders, numbered in the order of appearance: the
 * replay may use others. Names and e-mail addresses are kept.
 *
 * @example
 * import { FetchHttpClient } from "@effect/platform"
 * import { NodeContext } from "@effect/platform-node"
 * import { Credentials, Users } from "@effect-tiledb/client"
 * import { Recording } from "@effect-tiledb/testkit"
 * import { Layer, Redacted } from "effect"
 *
 * const users = Users.layer({ credentials: Credentials.apiKey(Redacted.make("tiledb_your_key")) })
 * // Once, against the service:
 * const recorded = Layer.provide(users, Recording.layerRecord("users.json").pipe(Layer.provide(FetchHttpClient.layer)))
 * // From then on, without it:
 * const replayed = Layer.provide(users, Recording.layerReplay("users.json"))
 *
 * export const layers = [recorded, replayed].map(Layer.provide(NodeContext.layer))
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Redactor } from "./internal/recording/redactor.js"
import { readBody } from "./internal/wire/memoryTransport.js"

/**
 * One request of a recording: the parts that identify it.
 *
 * @since 0.1.0
 * @category models
 */
export class Request extends Schema.Class<Request>("@effect-tiledb/testkit/Recording/Request")({
  /** The HTTP method. */
  method: Schema.String,
  /** Path and query, including `/v4`, without the origin. */
  path: Schema.String,
  /** The scheme, and the placeholder of the secret. */
  credential: Schema.String,
  /** The JSON of the body, with placeholders for secrets. */
  body: Schema.optionalWith(Schema.Unknown, { exact: true }),
}) {}

/**
 * A request and its result: the response, or the system's error code if there was none.
 *
 * @since 0.1.0
 * @category models
 */
export const Entry = Schema.Struct({
  /** The request, without secrets. */
  request: Request,
  /** The response, without secrets; or the system's error code if there was none. */
  answer: Schema.Union(
    Schema.Struct({
      /** The HTTP status. */
      status: Schema.Int,
      /** The headers that are relevant to a client, with lower-case names. */
      headers: Schema.Record({ key: Schema.String, value: Schema.String }),
      /** The body as JSON, or as text if it is not JSON. */
      body: Schema.Unknown,
    }),
    Schema.Struct({
      /** The system's error code, for example `ECONNRESET`. */
      error: Schema.String,
    }),
  ),
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Schema.Schema.Type<typeof Entry> {}

/**
 * The content of a recording's file.
 *
 * @since 0.1.0
 * @category models
 */
export const Recording = Schema.Struct({
  /** The version of the file's format. */
  version: Schema.Literal(1),
  /** The requests in the order in which they were sent. */
  entries: Schema.Array(Entry),
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Recording extends Schema.Schema.Type<typeof Recording> {}

const FromFile = Schema.parseJson(Recording, { space: 2 })

const keptHeaders = ["content-type", "location", "retry-after"]

const shown = (
  redactor: Redactor,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
): Effect.Effect<Request, HttpClientError.RequestError> =>
  Effect.map(
    Effect.mapError(
      readBody(request),
      (cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause }),
    ),
    (bytes) => {
      const credential = redactor.credential(request.headers)
      const body = redactor.request(new TextDecoder().decode(bytes))
      return new Request({
        method: request.method,
        path: redactor.text(url.pathname + url.search),
        credential,
        ...(body === undefined ? {} : { body }),
      })
    },
  )

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const systemCode = (error: HttpClientError.HttpClientError): string => {
  const code = Object(Object(error.cause).cause ?? error.cause).code
  return typeof code === "string" ? code : "ECONNRESET"
}

/**
 * A client that passes requests to the given one and records them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const record = (
  client: HttpClient.HttpClient,
): {
  /** The recording client. */
  readonly client: HttpClient.HttpClient
  /** The recording so far. */
  readonly recording: Effect.Effect<Recording>
} => {
  const redactor = new Redactor()
  const entries: Array<Entry> = []
  const recorder = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const sent = yield* shown(redactor, request, url)
      const response = yield* Effect.tapError(client.execute(request), (error) =>
        Effect.sync(() => entries.push({ request: sent, answer: { error: systemCode(error) } })),
      )
      const text = yield* Effect.tapError(response.text, (error) =>
        Effect.sync(() => entries.push({ request: sent, answer: { error: systemCode(error) } })),
      )
      const headers = Object.fromEntries(
        keptHeaders.flatMap((name) => {
          const value = response.headers[name]
          return value === undefined ? [] : [[name, redactor.text(value)]]
        }),
      )
      entries.push({
        request: sent,
        answer: { status: response.status, headers, body: parsed(redactor.text(text)) },
      })
      return HttpClientResponse.fromWeb(request, webResponse(response.status, response.headers, text))
    }),
  )
  return { client: recorder, recording: Effect.sync(() => ({ version: 1, entries: entries.slice() })) }
}

/** The body has been decoded: headers about its length and encoding no longer apply. */
const webResponse = (status: number, given: Readonly<Record<string, string>>, text: string): Response => {
  const headers = new Headers(given)
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name)
  return new Response(status === 204 || status === 304 ? null : text, { status, headers })
}

/** The error message for a request that was not recorded, with the nearest recorded one. */
const notRecorded = (request: Request, candidates: ReadonlyArray<readonly [number, Entry]>): string => {
  const name = (one: Request) => `${one.method} ${one.path} (${one.credential})`
  const differences = (other: Request) =>
    (["method", "path", "credential", "body"] as const).filter((key) => !same(request[key], other[key]))
  const [nearest] = candidates
    .map(([index, { request: other }]) => ({ index, other, differs: differences(other) }))
    .sort((one, other) => one.differs.length - other.differs.length || one.index - other.index)
  return nearest === undefined
    ? `${name(request)} was not recorded, and nothing is left of the recording`
    : `${name(request)} was not recorded; the nearest is entry ${nearest.index + 1}, ${name(nearest.other)}, which differs in ${nearest.differs.join(", ")}`
}

const same = (one: unknown, other: unknown): boolean =>
  Equal.equals(one, other) || JSON.stringify(one) === JSON.stringify(other)

/**
 * A client that responds from a recording: each entry once, in any order, or (`strict`) in the order of the recording.
 * A request that was not recorded gets a 501 with a message that names the nearest one, so that any client reports it
 * well.
 *
 * @since 0.1.0
 * @category constructors
 */
export const replay = (
  recording: Recording,
  options: {
    /** Whether requests must come in the order of the recording. Default false. */
    readonly strict?: boolean
  } = {},
): HttpClient.HttpClient => {
  const redactor = new Redactor()
  const left = new Map(recording.entries.entries())
  return HttpClient.make((request, url) =>
    Effect.flatMap(shown(redactor, request, url), (wanted) => {
      const candidates = options.strict === true ? Array.from(left).slice(0, 1) : Array.from(left)
      const found = candidates.find(([, entry]) =>
        (["method", "path", "credential", "body"] as const).every((key) => same(wanted[key], entry.request[key])),
      )
      if (found === undefined) {
        const message = notRecorded(wanted, candidates)
        return Effect.succeed(
          HttpClientResponse.fromWeb(
            request,
            Response.json({ code: 0, message, request_id: "replay" }, { status: 501 }),
          ),
        )
      }
      const [index, { answer }] = found
      left.delete(index)
      if ("error" in answer) {
        const cause = Object.assign(new Error(answer.error), { code: answer.error })
        return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
      }
      const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body)
      return Effect.succeed(HttpClientResponse.fromWeb(request, webResponse(answer.status, answer.headers, text)))
    }),
  )
}

/**
 * `record` as a Layer over the `HttpClient` in its input; the file is written when the Layer's scope closes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerRecord = (
  file: string,
): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient | FileSystem.FileSystem> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { client, recording } = record(yield* HttpClient.HttpClient)
      yield* Effect.addFinalizer(() =>
        recording.pipe(
          Effect.flatMap(Schema.encode(FromFile)),
          Effect.flatMap((text) => fs.writeFileString(file, `${text}\n`)),
          Effect.orDie,
        ),
      )
      return client
    }),
  )

/**
 * `replay` of a file as a Layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerReplay = (
  file: string,
  options: {
    /** Whether requests must come in the order of the recording. Default false. */
    readonly strict?: boolean
  } = {},
): Layer.Layer<HttpClient.HttpClient, PlatformError.PlatformError | ParseResult.ParseError, FileSystem.FileSystem> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return replay(yield* Schema.decode(FromFile)(yield* fs.readFileString(file)), options)
    }),
  )
