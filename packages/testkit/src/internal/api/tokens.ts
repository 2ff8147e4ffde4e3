import { APIToken, TokenId, TokensOperations } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import { given } from "../state/given.js"
import type { OwnToken } from "../state/rows.js"
import { roleIn } from "../state/workspace.js"
import { type Call, fail, type Machine } from "./machine.js"
import { endpointsOf, pageOf, unknown } from "./people.js"

const tokensOf = ({ state }: Machine, { caller }: Pick<Call, "caller">): ReadonlyArray<OwnToken> =>
  Array.from(state.tables.tokens.values()).filter(({ userId }) => userId === caller.user.id)

/** A key as the listing shows it. */
const shown = ({ policy }: Machine, token: APIToken): APIToken =>
  policy.people.listedKeys === "whole"
    ? token
    : new APIToken({ ...token, api_key: Redacted.make(Redacted.value(token.api_key).slice(0, 7)) }, true)

export const endpoints = endpointsOf(TokensOperations, {
  createToken: (machine, call) => {
    const { policy, state } = machine
    const { expires_at: until, name = "", scope, workspace_id } = call.body
    const workspace = workspace_id === undefined ? undefined : state.workspace(workspace_id)
    const isOutside = workspace === undefined || roleIn(workspace, call.caller.user) === undefined
    if (workspace_id !== undefined && isOutside) return fail(machine, "workspaceNotFound")
    if (workspace_id !== undefined && name === "") {
      return fail(machine, "invalidRequest", [{ field: "name", message: "is required where a workspace is given" }])
    }
    if (policy.people.tokenNames === "unique" && tokensOf(machine, call).some(({ token }) => token.name === name)) {
      return fail(machine, "conflict", [{ field: "name", message: "is taken" }])
    }
    const key = state.random.secret(workspace_id === undefined ? "session" : "tiledb")
    const created_at = DateTime.unsafeMake(call.now)
    const expires_at = until ?? DateTime.addDuration(created_at, Duration.decode(policy.tokenLifetime.api))
    const token = new APIToken(
      {
        ...{ token_id: TokenId.make(state.random.id("tok")), name, scope, created_at, expires_at },
        ...{ api_key: Redacted.make(key), ...given({ workspace_id }) },
      },
      true,
    )
    state.tables.tokens.set(key, { userId: call.caller.user.id, token })
    return token
  },

  listTokens: (machine, call) => {
    const { expiredTokens } = machine.policy.people
    const tokens = tokensOf(machine, call).flatMap(({ token }) => {
      const isOfType = (token.workspace_id === undefined) === (call.query.type === "session")
      const isAlive = expiredTokens === "listed" || call.now < DateTime.toEpochMillis(token.expires_at)
      return isOfType && isAlive ? [shown(machine, token)] : []
    })
    return pageOf(machine, call.query, tokens, ({ token_id }) => token_id)
  },

  revokeToken: (machine, call) => {
    const found = tokensOf(machine, call).find(({ token }) => token.token_id === call.parameters.token_id)
    if (found === undefined) return unknown(machine, "tokenNotFound")
    const key = Redacted.value(found.token.api_key)
    if (key === call.token && machine.policy.people.revokeSelf === "refused") return fail(machine, "forbidden")
    return machine.state.forget(key)
  },
})
