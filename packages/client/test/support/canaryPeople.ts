/** The operations about people, with addresses and secrets that must be nowhere, and a service that repeats them. */
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import { Invitations, Tokens, Workspaces } from "@effect-tiledb/client"
import { Canary } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { bodyOf } from "./canaryWorld.js"
import { id, invitationId, key, tokenId } from "./people.js"

export const address = "canary-5f1e.leaver+x@example.com"
export const other = "canary-77ab.joiner@example.org"
export const apiKey = Canary.text("api key of a token")
export const jwt = Canary.text("token of an invitation")
const secrets = { address, other, apiKey, jwt, session: key }
export const canary = Canary.make(secrets)

export const service = Effect.gen(function* () {
  return {
    workspaces: yield* Workspaces.make,
    invitations: yield* Invitations.make,
    tokens: yield* Tokens.make,
  }
})

export type Services = Effect.Effect.Success<typeof service>

/** Every operation, and its listings. */
export const calls: Readonly<Record<string, (services: Services) => Effect.Effect<unknown, unknown>>> = {
  getWorkspace: ({ workspaces }) => workspaces.getWorkspace(),
  listWorkspaceUsers: ({ workspaces }) => workspaces.listWorkspaceUsers({ search: address }),
  allWorkspaceUsers: ({ workspaces }) => workspaces.allWorkspaceUsers({ search: address }),
  streamWorkspaceUsers: ({ workspaces }) => Stream.runDrain(workspaces.streamWorkspaceUsers({ search: address })),
  getWorkspaceUser: ({ workspaces }) => workspaces.getWorkspaceUser(id),
  updateWorkspaceUser: ({ workspaces }) => workspaces.updateWorkspaceUser(id, { role: address }),
  deleteWorkspaceUser: ({ workspaces }) => workspaces.deleteWorkspaceUser(id),
  createWorkspaceUsers: ({ workspaces }) => workspaces.createWorkspaceUsers([{ user_id: id, role: address }]),
  "of a workspace with such a name": ({ workspaces }) => workspaces.getWorkspace({ workspace: address }),
  createInvitations: ({ invitations }) =>
    invitations.createInvitations([
      { invitee_email: address, prospective_role: "member" },
      { invitee_email: other, prospective_role: "member" },
    ]),
  listInvitations: ({ invitations }) => invitations.listInvitations(),
  allInvitations: ({ invitations }) => invitations.allInvitations(),
  revokeInvitation: ({ invitations }) => invitations.revokeInvitation(invitationId),
  listTokens: ({ tokens }) => tokens.listTokens({ type: "api" }),
  allTokens: ({ tokens }) => tokens.allTokens({ type: "api" }),
  createToken: ({ tokens }) => tokens.createToken({ name: `for ${address}`, scope: "*" }),
  revokeToken: ({ tokens }) => tokens.revokeToken(tokenId),
}

/** What a careless service repeats: the request, in many spellings. */
export const repeated = (request: HttpClientRequest): ReadonlyArray<string> => {
  const url = new URL(request.url)
  const said = [
    ...(bodyOf(request) + url.search + decodeURIComponent(url.search + url.pathname)).matchAll(/canary[^"&\\/]*/g),
  ]
  return said.flatMap(([text]) => [text, JSON.stringify(text), encodeURIComponent(text), `<${text}>`])
}

export const echo = (request: HttpClientRequest): string => {
  const texts = [...repeated(request), bodyOf(request), request.url]
  return JSON.stringify({
    code: 12345,
    message: `You said ${texts.join(" and ")}`,
    request_id: texts[0],
    validation_error: { fields: texts.map((field, index) => ({ field, message: texts[index - 1] ?? "" })) },
    debug: texts,
  })
}
