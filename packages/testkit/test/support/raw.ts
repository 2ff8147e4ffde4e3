// What several tests share: raw requests, so that the server's side is judged without the client's help.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { ErrorResponse } from "@effect-tiledb/schema"
import { Deployment, Fixtures, Mailbox } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE" | "HEAD" | "OPTIONS"

export interface Raw {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string
}

/** Sends a request as it stands, to a deployment in memory. */
export const send = (method: Method, path: string, raw: Raw = {}) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const text = raw.body ?? (raw.json === undefined ? undefined : JSON.stringify(raw.json))
    const bare = HttpClientRequest.make(method)(`https://api.tiledb.com/v4${path}`)
    const request = text === undefined ? bare : HttpClientRequest.bodyText(bare, text, "application/json")
    const response = yield* client.execute(HttpClientRequest.setHeaders(request, raw.headers ?? {}))
    return { status: response.status, headers: { ...response.headers }, text: yield* response.text } as Answer
  })

export const key = (secret: Redacted.Redacted<string>) => ({ "x-tiledb-rest-api-key": Redacted.value(secret) })

export const basic = (username: string, secret: Redacted.Redacted<string> = Fixtures.password(username)) => ({
  authorization: `Basic ${Buffer.from(`${username}:${Redacted.value(secret)}`).toString("base64")}`,
})

export const bearer = (secret: Redacted.Redacted<string>) => ({ authorization: `Bearer ${Redacted.value(secret)}` })

/** The id of a user that the deployment knows by this name. */
export const idOf = (name: string) =>
  Effect.flatMap(Deployment.Deployment, (deployment) =>
    Effect.map(
      Effect.flatMap(deployment.user(name), (found) => found),
      (user) => user.id,
    ),
  )

export const ownerKey = Effect.map(Deployment.Deployment, ({ apiKey }) => key(apiKey))

export const newestToken = (to: string, kind: Mailbox.Message["kind"]) =>
  Effect.map(
    Effect.flatMap(Mailbox.latest({ to, kind }), (found) => found),
    ({ token }) => token,
  )

export const readError = (answer: Answer): ErrorResponse =>
  Schema.decodeUnknownSync(ErrorResponse)(JSON.parse(answer.text))

/** The names of the fields that an answer complains about. */
export const fieldsOf = (answer: Answer): ReadonlyArray<string> =>
  (readError(answer).validation_error?.fields ?? []).map(({ field }) => field)
