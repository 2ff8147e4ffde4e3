import { qualifiedName, ScopedToken, UserId } from "@effect-tiledb/schema"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Rows from "../state/rows.js"
import { furthest, type Moment } from "./backend.js"

const Stream = Schema.mutable(Schema.Tuple(Schema.Int, Schema.Int, Schema.Int, Schema.Int))
const Text = Schema.String

const Email = Schema.Struct({
  kind: Text,
  to: Schema.Struct({ username: Text, email: Text }),
  token: ScopedToken,
  time: Schema.DateTimeUtc,
})

// An error within must not name the place, which is the secret itself.
const Credentials = Schema.ReadonlyMapFromRecord({ key: Text, value: Text }).annotations({
  message: () => ({ message: "Expected the ids of users by their credentials", override: true }),
})

/** The whole state of a deployment as JSON, with plain passwords, keys and tokens. Version 1 had no tokens and invitations. */
export const StateDocument = Schema.Struct({
  format: Schema.Literal("effect-tiledb-testkit"),
  version: Schema.Literal(1, 2),
  owner: Schema.Struct({ id: UserId, apiKey: Schema.Redacted(Text), bearer: Schema.Redacted(Text) }),
  offset: Schema.Number.pipe(Schema.between(-furthest, furthest)),
  users: Schema.Array(Rows.Account),
  workspaces: Schema.Array(Rows.Workspace),
  apiKeys: Credentials,
  bearers: Credentials,
  grants: Schema.Array(Rows.Grant),
  tokens: Schema.optionalWith(Schema.Array(Rows.OwnToken), { default: () => [] }),
  invitations: Schema.optionalWith(Schema.Array(Rows.Sent), { default: () => [] }),
  messages: Schema.Array(Email),
  random: Schema.Struct({ ids: Stream, secrets: Stream, requests: Stream }),
})

/** Where a document contradicts itself: what is unique is there twice, or what it refers to is not there. */
const contradictions = ({ invitations, tokens, users, workspaces }: typeof StateDocument.Type) => {
  const issues: Array<Schema.FilterIssue> = []
  const expect = (isMet: boolean, what: string, ...path: ReadonlyArray<PropertyKey>) => {
    if (!isMet) issues.push({ path, message: `Expected ${what}` })
  }
  const seen = new Set<string>()
  const isNew = (name: string) => seen.size < seen.add(name).size
  users.forEach(({ user }, at) => {
    for (const field of ["id", "username", "email"] as const) {
      expect(
        isNew(`${field} ${user[field].toLowerCase()}`),
        `the ${field} of no other user`,
        "users",
        at,
        "user",
        field,
      )
    }
  })
  workspaces.forEach(({ changes, id, roles }, at) => {
    expect(isNew(`workspace ${id}`), "the id of no other workspace", "workspaces", at, "id")
    for (const [name, members] of Object.entries({ changes, roles })) {
      for (const user of members?.keys() ?? []) {
        expect(seen.has(`id ${user}`), "the id of a user", "workspaces", at, name, user)
      }
    }
  })
  const isThere = (id: string | undefined) => id === undefined || seen.has(`workspace ${id}`)
  invitations.forEach(({ invitation: { invitation_id: id, workspace_invitation: to } }, at) => {
    const path = ["invitations", at, "invitation"]
    expect(isNew(`invitation ${id}`), "the id of no other invitation", ...path, "invitation_id")
    expect(isThere(to?.workspace_id), "the id of a workspace", ...path, "workspace_invitation", "workspace_id")
  })
  tokens.forEach(({ token: { token_id, workspace_id } }, at) => {
    expect(isNew(`token ${token_id}`), "the id of no other token", "tokens", at, "token", "token_id")
    expect(isThere(workspace_id), "the id of a workspace", "tokens", at, "token", "workspace_id")
  })
  return issues
}

type Groups = Moment["groups"]

/** The groups whose states have a schema, by the name of their first operation. */
const named = (groups: Groups) =>
  Array.from(groups.keys()).flatMap((group) => {
    const [row] = Object.values(group.operations)
    return row === undefined || group.schema === undefined ? [] : [[qualifiedName(row), group, group.schema] as const]
  })

const documentOf = (groups: Groups) => {
  const states = named(groups).map(([name, , schema]) => [name, Schema.optionalWith(schema, { exact: true })] as const)
  return Schema.extend(
    StateDocument,
    Schema.Struct({ groups: Schema.optionalWith(Schema.Struct(Object.fromEntries(states)), { exact: true }) }),
  ).annotations({ identifier: "DeploymentState" })
}

type Document = ReturnType<typeof documentOf>["Type"]

const toDocument = ({ groups, messages, offset, owner, state }: Moment): Document => {
  const { accounts, apiKeys, bearers, grants, invitations, random, tokens, workspaces } = state
  return {
    ...{ format: "effect-tiledb-testkit", version: 2 },
    ...{ owner, offset, workspaces, apiKeys, bearers, messages, random },
    groups: Object.fromEntries(named(groups).map(([name, group]) => [name, groups.get(group)])),
    users: Array.from(accounts.values()),
    grants: Array.from(grants.values()),
    ...{ tokens: Array.from(tokens.values()), invitations: Array.from(invitations.values()) },
  }
}

const fromDocument = (document: Document, known: Groups): Moment => {
  const { groups: states = {} } = document
  const there = named(known).filter(([name]) => Object.hasOwn(states, name))
  const groups = new Map(there.map(([name, group]) => [group, states[name]]))
  const { apiKeys, bearers, grants, invitations, messages, offset, owner, random, tokens, users, workspaces } = document
  const index = (name: "username" | "email") => new Map(users.map(({ user }) => [user[name].toLowerCase(), user.id]))
  const state = {
    accounts: new Map(users.map((account) => [account.user.id, account])),
    usernames: index("username"),
    emails: index("email"),
    grants: new Map(grants.map((grant) => [grant.token, grant])),
    tokens: new Map(tokens.map((own) => [Redacted.value(own.token.api_key), own])),
    invitations: new Map(invitations.map((sent) => [sent.invitation.invitation_id, sent])),
    ...{ apiKeys, bearers, workspaces, random },
  }
  return { state, messages, groups, offset, owner }
}

/** The deployment as JSON. */
export const encode = (moment: Moment): Effect.Effect<typeof StateDocument.Encoded> =>
  Effect.orDie(Effect.suspend(() => Schema.encode(documentOf(moment.groups))(toDocument(moment))))

/** Decodes the result of `encode` by a deployment of these groups; an error names the invalid place in it. */
export const decode = (json: unknown, groups: Groups): Effect.Effect<Moment, ParseResult.ParseError> =>
  Effect.map(Schema.decodeUnknown(documentOf(groups).pipe(Schema.filter(contradictions)))(json), (document) =>
    fromDocument(document, groups),
  )
