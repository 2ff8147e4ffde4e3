/**
 * Another group of the API in the deployment: its operations as rows, and what the deployment does at each. Journal,
 * faults, canaries and every interface of the deployment serve it as they serve `Users`.
 *
 * @example
 * import { Deployment, Group } from "@effect-tiledb/testkit"
 * import { Model, type Operation } from "@effect-tiledb/schema"
 * import { Schema } from "effect"
 *
 * class Team extends Schema.Class<Team>("Team")({ team_id: Schema.String, name: Schema.String }) {}
 *
 * const operations = {
 *   getTeam: {
 *     name: "getTeam",
 *     group: "Teams",
 *     method: "GET",
 *     path: "/teams/{team_id}",
 *     pathParameters: { team_id: Schema.String },
 *     success: Model.response("TeamGetResponse", "A team", Team),
 *     successStatus: 200,
 *     notFound: true,
 *   },
 * } as const satisfies Record<string, Operation>
 *
 * const teams = Group.make({
 *   operations,
 *   state: [new Team({ team_id: "1", name: "red" })],
 *   handlers: {
 *     getTeam: ({ fail, parameters, state }) =>
 *       state.find(({ team_id }) => team_id === parameters.team_id) ??
 *       fail({ status: 404, message: "There is no such team" }),
 *   },
 * })
 *
 * const deployment = Deployment.layer({ groups: [teams] })
 *
 * @since 0.1.0
 */
import type { TileDBClient } from "@effect-tiledb/client"
import type { Operation, User, ValidationErrorField } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { Failure } from "./internal/api/failure.js"
import type * as Machine from "./internal/api/machine.js"
import { decoded } from "./internal/api/requestBody.js"

/**
 * A response that is not a success.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  /** The HTTP status. */
  readonly status: number
  /** What went wrong, for a person to read. */
  readonly message: string
  /** A place in the server's source. Default: 19000 and the status. */
  readonly code?: number | undefined
  /** The fields that are refused. Default: none. */
  readonly fields?: ReadonlyArray<ValidationErrorField> | undefined
}

/**
 * What `fail` of a call returns, for the handler to return.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  /** The id of the request, which the error has. */
  readonly requestId: string
}

/**
 * An e-mail of any kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mail {
  /** The purpose of the e-mail, as `Mailbox` knows it. */
  readonly kind: string
  /** The address that it is sent to. */
  readonly email: string
  /** The recipient's username, if there is one. Default: the address. */
  readonly username?: string | undefined
  /** The secret in the e-mail. */
  readonly token: Redacted.Redacted<string>
}

/**
 * One authorised call, for a handler. A handler runs synchronously, so a call never sees half of another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<in out Row extends Operation, in out State> {
  /** The user who calls; undefined without a credential, which only `open` operations allow. */
  readonly caller: User | undefined
  /** The values of the path's parameters. */
  readonly parameters: { readonly [Name in keyof Row["pathParameters"]]: string }
  /** The query, as the row's schema decodes it. */
  readonly query: NonNullable<TileDBClient.Arguments<Row>["query"]>
  /** The body, as the row's schema decodes it. */
  readonly request: TileDBClient.Arguments<Row>["request"]
  /** The deployment's time. */
  readonly now: DateTime.Utc
  /** The state of the group. */
  readonly state: State
  /** Replaces the state of the group. */
  readonly put: (state: State) => void
  /** The user with this id, username or e-mail address. */
  readonly user: (idOrName: string) => User | undefined
  /** A new id with this prefix, the same for the same seed. */
  readonly id: (prefix: string) => string
  /** A new secret with this prefix, the same for the same seed. */
  readonly secret: (prefix: string) => Redacted.Redacted<string>
  /** Sends an e-mail. */
  readonly send: (mail: Mail) => void
  /** A failure, for the handler to return. */
  readonly fail: (refusal: Refusal) => Refused
}

/**
 * What the deployment does at an operation: the result of the operation, or a failure.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler<Row extends Operation, State> = (call: Call<Row, State>) => TileDBClient.Success<Row> | Refused

/**
 * A group of the API, for `groups` of `Deployment.Options`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group {
  /** Its operations. */
  readonly operations: { readonly [name: string]: Operation }
  /** @internal */
  readonly endpoints: Machine.Machine["endpoints"]
  /** @internal */
  readonly initial: unknown
  /** @internal */
  readonly schema: Schema.Schema.AnyNoContext | undefined
}

/**
 * A group of its operations, its state and its handlers. The state is a value that handlers replace (`put`) and never
 * change in place: snapshots of the deployment keep it. It is part of `exportState` if there is a `schema` for it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Rows extends { readonly [name: string]: Operation }, State, Encoded = unknown>(options: {
  /** The operations by name. */
  readonly operations: Rows
  /** The state at the start. */
  readonly state: State
  /** The schema of the state, for `exportState` and `importState`, which without one leave the state as it is. */
  readonly schema?: Schema.Schema<State, Encoded> | undefined
  /** What the deployment does at each operation. */
  readonly handlers: { readonly [Name in keyof Rows]: Handler<Rows[Name], State> }
  /** The names of the operations that anybody may call, signed in or not. Default: none. */
  readonly open?: ReadonlyArray<keyof Rows> | undefined
}): Group => {
  const { handlers, open = [], operations, schema, state } = options
  const endpoints = new Map<Operation, Machine.Endpoint>()
  const group: Group = { operations, endpoints, initial: state, schema }
  for (const [name, row] of Object.entries(operations)) {
    // The seam between rows and types: a handler is called with what its own row has decoded.
    const handler = handlers[name] as Handler<Operation, unknown> | undefined
    if (handler === undefined) continue
    const handle = (machine: Machine.Machine, call: Machine.Call<Machine.Call["caller"] | undefined>) => {
      const request = decoded(machine, row.request, call.body)
      if (request instanceof Failure) return request
      const { groups, mailroom, state } = machine
      return handler({
        caller: call.caller?.user,
        parameters: call.parameters,
        query: call.query ?? {},
        request,
        now: DateTime.unsafeMake(call.now),
        state: groups.get(group),
        put: (next) => void groups.set(group, next),
        user: (idOrName) => (state.byId(idOrName) ?? state.byUsernameOrEmail(idOrName))?.user,
        id: (prefix) => state.random.id(prefix),
        secret: (prefix) => Redacted.make(state.random.secret(prefix)),
        send: ({ email, kind, token, username = email }) =>
          mailroom.deliver({ kind, to: { username, email }, token, time: DateTime.unsafeMake(call.now) }),
        fail: ({ code, fields, message, status }) =>
          new Failure({ status, message, code: code ?? 19_000 + status }, state.random.requestId(), fields),
      }) as Machine.Answer // of the row's success schema
    }
    endpoints.set(row, open.includes(name) ? { access: "anyone", handle } : { access: "user", handle })
  }
  return group
}
