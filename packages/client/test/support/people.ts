/** The services about people over a service that is written down in the test, and what it was sent. */
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Credentials, Invitations, RetryPolicy, TileDBClient, Tokens, Workspaces } from "@effect-tiledb/client"
import { InvitationId, TokenId, UserId, WorkspaceId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

export const id = UserId.make("usr_9m4e2mr0ui3e8a215n4g")
export const workspaceId = WorkspaceId.make("ws_9m4e2mr0ui3e8a215n4g")
export const invitationId = InvitationId.make("inv_9m4e2mr0ui3e8a215n4g")
export const tokenId = TokenId.make("0af3-token")

// As in the API's documents of 2025-09.

export const member = {
  user_id: id,
  username: "ada",
  display_name: "Ada",
  email: "ada@example.com",
  role: "admin",
  added_by: id,
  created_at: "2026-01-31T12:00:00Z",
}

export const workspace = {
  workspace_id: workspaceId,
  name: "engines",
  created_by: member,
  self: member,
  created_at: "2026-01-31T12:00:00Z",
}

export const invitation = {
  invitation_id: invitationId,
  invitee_email: "grace@example.com",
  created_by: { user_id: id, display_name: "Ada", email: "ada@example.com", workspace_role: "owner" },
  created_at: "2026-01-31T12:00:00Z",
  workspace_invitation: { workspace_id: workspaceId, name: "engines", prospective_role: "member" },
}

export const token = {
  token_id: tokenId,
  name: "nightly export",
  created_at: "2026-01-31T12:00:00Z",
  expires_at: "2026-02-28T12:00:00Z",
  api_key: "tiledb_live-key",
  workspace_id: workspaceId,
  scope: "*",
}

export const pageOf = (items: ReadonlyArray<unknown>, page = 1, total_pages = 1) => ({
  data: items,
  pagination_metadata: { page, per_page: 20, total_pages, total_items: items.length * total_pages },
})

/** A request as it is on the wire; the path is below `/v4`. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

export type Answer = { readonly status: number; readonly json?: unknown } | "lost"

export const notFound: Answer = {
  status: 404,
  json: { code: 10404, message: "There is no such thing", request_id: "req_1" },
}

export const key = "tiledb_key-of-the-session"

/** The services, and what was sent to a service that responds so. */
export const world = (respond: (sent: Sent, number: number) => Answer, options: TileDBClient.Options = {}) =>
  Effect.gen(function* () {
    const sent: Array<Sent> = []
    const http = HttpClient.make((request, url) => {
      const text = request.body._tag === "Uint8Array" ? Buffer.from(request.body.body).toString() : ""
      const one = {
        method: request.method,
        path: url.pathname.replace(/^\/v4/, "") + url.search,
        body: text === "" ? undefined : JSON.parse(text),
      }
      if (sent.push(one) > 200) throw new Error("it asks for ever")
      const answer = respond(one, sent.length)
      if (answer === "lost") return Effect.fail(new RequestError({ request, reason: "Transport" }))
      const body = answer.json === undefined ? null : JSON.stringify(answer.json)
      const headers = body === null ? {} : { "content-type": "application/json" }
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status: answer.status, headers })))
    })
    const client = yield* Effect.provideService(
      TileDBClient.make({
        credentials: Credentials.apiKey(Redacted.make(key)),
        retryPolicy: RetryPolicy.make({ baseDelay: 0 }),
        workspace: workspaceId,
        ...options,
      }),
      HttpClient.HttpClient,
      http,
    )
    const of = <A>(make: Effect.Effect<A, never, TileDBClient.TileDBClient>) =>
      Effect.provideService(make, TileDBClient.TileDBClient, client)
    return {
      sent,
      client,
      workspaces: yield* of(Workspaces.make),
      invitations: yield* of(Invitations.make),
      tokens: yield* of(Tokens.make),
    }
  })

export type World = Effect.Effect.Success<ReturnType<typeof world>>
