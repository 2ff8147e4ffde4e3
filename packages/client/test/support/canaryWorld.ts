// A hostile world for the canary tests: callers with secrets, a service that repeats whatever it is told in every spelling
// it knows, and networks that quote the request when they break.
import * as HttpClient from "@effect/platform/HttpClient"
import { type HttpClientError, RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Credentials, type Users } from "@effect-tiledb/client"
import { type OperationName, Operations, UserId } from "@effect-tiledb/schema"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

export const secrets = {
  apiKey: Canary.header("api key"),
  basicPassword: Canary.text("basic password"),
  bearer: Canary.header("bearer"),
  scopedToken: Canary.header("scoped token"),
  currentPassword: Canary.text("current password"),
  newPassword: Canary.text("new password"),
}

export const canary = Canary.make(secrets)

export const username = "ann"

export const schemes = {
  "API key": Credentials.apiKey(secrets.apiKey),
  Basic: Credentials.basic(username, secrets.basicPassword),
  bearer: Credentials.bearer(secrets.bearer),
}

export const userId = UserId.make("usr_9m4e2mr0ui3e8a215n4g")

export const user = {
  id: userId,
  display_name: "Ann",
  email: "ann@example.com",
  role: "member",
  username,
  timezone: "Europe/Athens",
  created_at: "2024-01-02T03:04:05Z",
}

type Call = (users: Users.Service) => Effect.Effect<unknown, unknown>

/** Every operation, and the secrets of its arguments. */
export const calls: Record<
  OperationName,
  { readonly call: Call; readonly sends: ReadonlyArray<keyof typeof secrets> }
> = {
  changePassword: {
    call: (users) =>
      users.changePassword({ current_password: secrets.currentPassword, new_password: secrets.newPassword }),
    sends: ["currentPassword", "newPassword"],
  },
  confirmEmail: { call: (users) => users.confirmEmail(secrets.scopedToken), sends: ["scopedToken"] },
  createUser: {
    call: (users) => users.createUser({ email: user.email, username, password: secrets.newPassword }),
    sends: ["newPassword"],
  },
  deleteUser: { call: (users) => users.deleteUser(userId), sends: [] },
  getSelfUser: { call: (users) => users.getSelfUser, sends: [] },
  getUser: { call: (users) => users.getUser(userId), sends: [] },
  requestEmailConfirmation: {
    call: (users) => users.requestEmailConfirmation({ username_or_email: user.email }),
    sends: [],
  },
  requestPasswordReset: {
    call: (users) => users.requestPasswordReset({ username_or_email: user.email }),
    sends: [],
  },
  resetPassword: {
    call: (users) => users.resetPassword(secrets.scopedToken, { new_password: secrets.newPassword }),
    sends: ["scopedToken", "newPassword"],
  },
  updateUser: { call: (users) => users.updateUser(userId, { display_name: "Ann B." }), sends: [] },
}

const plain = Redacted.value

/** Every operation, called by somebody who gets around the types: secrets where none belong, and none where one does. */
export const invalid: Record<OperationName, ReadonlyArray<Call>> = {
  changePassword: [
    (users) => users.changePassword({ current_password: plain(secrets.currentPassword), new_password: 12 } as never),
    (users) =>
      users.changePassword({
        current_password: Redacted.make({ deep: plain(secrets.currentPassword) }),
        new_password: [plain(secrets.newPassword)],
      } as never),
    (users) => users.changePassword({ password: secrets.newPassword, [plain(secrets.newPassword)]: 1 } as never),
    (users) => users.changePassword(plain(secrets.newPassword) as never),
  ],
  confirmEmail: [
    (users) => users.confirmEmail(plain(secrets.scopedToken) as never),
    (users) => users.confirmEmail(Redacted.make(`${plain(secrets.scopedToken)}\r\nX-Evil: 1`)),
    (users) => users.confirmEmail(Redacted.make({ token: plain(secrets.scopedToken) }) as never),
  ],
  createUser: [
    (users) => users.createUser({ email: 1, username, password: plain(secrets.newPassword) } as never),
    (users) => users.createUser({ email: user.email, username, pasword: secrets.newPassword } as never),
    (users) =>
      users.createUser({
        email: user.email,
        username,
        get password() {
          throw new Error(`no password: ${plain(secrets.newPassword)}`)
        },
      } as never),
  ],
  deleteUser: [(users) => users.deleteUser(plain(secrets.apiKey) as never), (users) => users.deleteUser({} as never)],
  getSelfUser: [],
  getUser: [
    (users) => users.getUser(plain(secrets.bearer) as never),
    (users) => users.getUser(secrets.bearer as never),
    (users) => users.getUser({ toString: () => userId, secret: plain(secrets.bearer) } as never),
  ],
  requestEmailConfirmation: [
    (users) => users.requestEmailConfirmation({ username_or_email: secrets.newPassword } as never),
  ],
  requestPasswordReset: [
    (users) => users.requestPasswordReset({ username: plain(secrets.newPassword), password: 1 } as never),
  ],
  resetPassword: [
    (users) => users.resetPassword(secrets.scopedToken, { new_password: plain(secrets.newPassword) } as never),
    (users) =>
      users.resetPassword(Redacted.make(`  ${plain(secrets.scopedToken)}`), { new_password: secrets.newPassword }),
    (users) => users.resetPassword({ new_password: secrets.newPassword } as never, secrets.scopedToken as never),
  ],
  updateUser: [
    (users) =>
      users.updateUser(userId, { display_name: secrets.newPassword, [plain(secrets.newPassword)]: 1 } as never),
    (users) => users.updateUser(plain(secrets.apiKey) as never, { password: plain(secrets.newPassword) } as never),
  ],
}

const base64 = (text: string) => Buffer.from(text).toString("base64")

/** The spellings in which a careless server may repeat what it was told. */
const spellings: ReadonlyArray<(text: string) => string> = [
  (text) => text,
  (text) => JSON.stringify(text),
  (text) => JSON.stringify(JSON.stringify(text)),
  (text) => JSON.stringify(text).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
  base64,
  (text) => base64(text).replaceAll("=", ""),
  (text) => Buffer.from(text).toString("base64url"),
  (text) => base64(`${username}:${text}`),
  (text) => Buffer.from(text).toString("hex"),
  encodeURIComponent,
  encodeURI,
  (text) => encodeURIComponent(text).toLowerCase(),
  (text) => new URLSearchParams([["", text]]).toString().slice(1),
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&#34;"),
  (text) => text.replace(/(?=.{4}$)/, "\u001b[31m"),
]

export const bodyOf = (request: HttpClientRequest): string =>
  request.body._tag === "Uint8Array" ? Buffer.from(request.body.body).toString() : ""

/** The secrets that a request tells: its key, token or password, and those of its fields. */
const secretsOf = (request: HttpClientRequest): ReadonlyArray<string> => {
  const { authorization = "", "x-tiledb-rest-api-key": key = "" } = request.headers
  const body = bodyOf(request)
  const [scheme, credential = ""] = authorization.split(" ")
  const pair = Buffer.from(credential, "base64").toString()
  const own = scheme === "Basic" ? pair.slice(pair.indexOf(":") + 1) : credential
  const fields = body === "" ? [] : Object.values(JSON.parse(body)).map(String)
  return [key, own, ...fields].filter((text) => text.includes("canary"))
}

const told = (request: HttpClientRequest): ReadonlyArray<string> => [
  ...Object.values(request.headers),
  bodyOf(request),
  ...secretsOf(request),
]

const repeated = (request: HttpClientRequest): ReadonlyArray<string> =>
  secretsOf(request).flatMap((text) => spellings.map((spell) => spell(text)))

/** Error JSON that repeats the request in its message, its fields, its request id and elsewhere. */
export const echo = (request: HttpClientRequest): string => {
  const texts = repeated(request)
  const half = Math.ceil(texts.length / 2)
  return JSON.stringify({
    code: 12345,
    message: `You said ${told(request).join(" and ")}`,
    request_id: texts[0],
    validation_error: { fields: texts.slice(0, half).map((field, index) => ({ field, message: texts[half + index] })) },
    debug: texts,
  })
}

export const echoHtml = (request: HttpClientRequest): string =>
  `<html><title>502</title><pre>${repeated(request).join("\n")}</pre></html>`

/** An error of the system that quotes the request, as fetch does with a header value it refuses. */
const quoting = (request: HttpClientRequest): Error =>
  Object.assign(new TypeError(`${told(request).join()} is an invalid header value`, { cause: { request } }), {
    code: "ECONNRESET",
    request,
    headers: { ...request.headers },
    body: bodyOf(request),
  })

export type Answer = (
  request: HttpClientRequest,
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError>

export const respond = (
  request: HttpClientRequest,
  status: number,
  body: string | ReadableStream<Uint8Array> | null,
  headers: Readonly<Record<string, string>> = {},
) => Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))

/** A body that begins and then ends as told. */
const partly = (text: string, end: (controller: ReadableStreamDefaultController<Uint8Array>) => void) => {
  let begun = false
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (begun) end(controller)
      else controller.enqueue(new TextEncoder().encode(text))
      begun = true
    },
  })
}

const operationOf = (request: HttpClientRequest) => {
  const path = new URL(request.url).pathname.slice("/v4".length)
  return Object.values(Operations).find(
    (operation) => operation.method === request.method && operation.path.replace("{user_id}", userId) === path,
  )
}

export const success: Answer = (request) => {
  const operation = operationOf(request)
  const data = operation?.name === "getSelfUser" ? { user, workspaces: [] } : user
  return operation?.success == null
    ? respond(request, 204, null)
    : respond(request, operation.successStatus, JSON.stringify({ data }))
}

/** A success whose every field says what it should not. */
const malformed: Answer = (request) => {
  const [first = "", ...more] = repeated(request)
  const data = { ...user, id: first, created_at: first, role: { [first]: more }, username: more, [first]: first }
  return respond(request, 200, JSON.stringify({ data: { ...data, user: data, workspaces: more } }))
}

/** What may happen to a request, and the errors that its callers may get (none: the call succeeds). */
export const scenarios: Record<string, { readonly answer: Answer; readonly tags: ReadonlyArray<string> }> = {
  "2xx": { answer: success, tags: [] },
  "400 with validation_error": { answer: (request) => respond(request, 400, echo(request)), tags: ["ApiError"] },
  "401": { answer: (request) => respond(request, 401, echo(request)), tags: ["ApiError"] },
  "404": { answer: (request) => respond(request, 404, echo(request)), tags: ["ApiError", "NotFound"] },
  "429": { answer: (request) => respond(request, 429, echo(request), { "retry-after": "1" }), tags: ["ApiError"] },
  "500": { answer: (request) => respond(request, 500, echo(request)), tags: ["ApiError"] },
  "HTML 502": { answer: (request) => respond(request, 502, echoHtml(request)), tags: ["ApiError"] },
  reset: {
    answer: (request) =>
      Effect.fail(
        new RequestError({ request, reason: "Transport", cause: quoting(request), description: echo(request) }),
      ),
    tags: ["TransportError"],
  },
  "reset in the body": {
    answer: (request) =>
      respond(
        request,
        200,
        partly(echo(request), (controller) => controller.error(quoting(request))),
      ),
    // Where nothing is expected in the body, it has no type that would say that it is the service's.
    tags: ["TransportError", "DecodeError"],
  },
  timeout: { answer: () => Effect.never, tags: ["TransportError"] },
  "timeout in the body": {
    answer: (request) =>
      respond(
        request,
        400,
        partly(echo(request), () => {}),
      ),
    // The head has said it.
    tags: ["ApiError", "NotFound"],
  },
  interrupt: { answer: () => Effect.never, tags: ["interrupt"] },
  "malformed success": { answer: malformed, tags: ["DecodeError", "success"] },
  "success that is not JSON": {
    answer: (request) => respond(request, 200, repeated(request).join()),
    tags: ["DecodeError"],
  },
  "oversized body": {
    answer: (request) => respond(request, 200, `${echo(request)}${" ".repeat(1024 * 1024)}`),
    tags: ["TransportError", "DecodeError"],
  },
  "oversized error": {
    answer: (request) => respond(request, 400, `${echo(request)}${" ".repeat(1024 * 1024)}`),
    tags: ["ApiError"],
  },
  "cross-origin redirect": {
    answer: (request) => {
      const words = told(request).map((text) => text.replace(/\W/g, ""))
      return respond(request, 307, echo(request), {
        location: `https://${words.join(".")}.example.net/${encodeURIComponent(echo(request))}?key=${words.join()}`,
      })
    },
    tags: ["TransportError"],
  },
  "redirect to an origin that repeats the key": {
    answer: (request) =>
      respond(request, 307, null, {
        location: `https://${(request.headers["x-tiledb-rest-api-key"] ?? "nobody").match(/\w+/)}.example.net/`,
      }),
    tags: ["TransportError"],
  },
  "a transport that forks": {
    answer: (request) =>
      Effect.zipRight(
        Effect.zipRight(Effect.fork(Effect.fail(quoting(request))), Effect.yieldNow()),
        respond(request, 400, echo(request)),
      ),
    tags: ["ApiError"],
  },
  "redirect with userinfo": {
    answer: (request) =>
      respond(request, 307, null, {
        location: `https://${told(request).map(encodeURIComponent).join(":")}@api.tiledb.com/`,
      }),
    tags: ["TransportError"],
  },
  "a transport that dies": { answer: (request) => Effect.die(quoting(request)), tags: ["defect"] },
  "a transport that dies of a platform error": {
    answer: (request) =>
      Effect.orDie(Effect.fail(new RequestError({ request, reason: "Transport", cause: echo(request) }))),
    tags: ["defect"],
  },
  "a transport that throws": {
    answer: (request) => {
      throw quoting(request)
    },
    tags: ["defect"],
  },
  "an answer that cannot be read": {
    answer: (request) =>
      Effect.map(respond(request, 400, "x"), (response) =>
        Object.create(response, {
          status: { value: 400 },
          headers: {
            get: () => {
              throw quoting(request)
            },
          },
        }),
      ),
    tags: ["defect"],
  },
  "a body that dies": {
    answer: (request) =>
      Effect.map(respond(request, 400, "x", { "content-length": "1" }), (response) =>
        Object.create(response, {
          arrayBuffer: { value: Effect.die(quoting(request)) },
          status: { value: 400 },
          headers: { value: response.headers },
        }),
      ),
    tags: ["defect"],
  },
}

/** An `HttpClient` without a network, which remembers what was sent. It traces as the platform's own clients do. */
export const scripted = (answer: Answer) => {
  const sent: Array<HttpClientRequest> = []
  const client = HttpClient.make((request) => {
    sent.push(request)
    return answer(request)
  })
  return { client, sent }
}
