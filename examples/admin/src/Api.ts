import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import {
  Credentials,
  Invitations,
  RetryPolicy,
  TileDBClient,
  TileDBConfig,
  Tokens,
  Users,
  Workspaces,
} from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import type { UserSelf } from "@effect-tiledb/schema"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Problem, refused } from "./Problem.js"

export interface Options {
  /** How many requests may be under way at once. */
  readonly concurrency: number
  /** How many requests may start in a second. */
  readonly rate: number | null
  /** Whether no credential is sent; enough to register users where everybody may. */
  readonly anonymous: boolean
  /** What each request waits for, repeats included. */
  readonly turn?: Effect.Effect<void>
}

/** The deployment of `TILEDB_REST_HOST`, and who calls. */
export interface Service {
  readonly baseUrl: string
  readonly anonymous: boolean
  readonly users: Users.Service
  readonly workspaces: Workspaces.Service
  readonly invitations: Invitations.Service
  readonly tokens: Tokens.Service
  /** The workspace that is configured. */
  readonly workspace: string | undefined
}

export class Api extends Context.Tag("@effect-tiledb/admin/Api")<Api, Service>() {}

// More patience than a program that a person waits for: a throttled run should slow down, not fail rows.
const retryPolicy = RetryPolicy.modify(RetryPolicy.standard, {
  attempts: 6,
  maxRetryAfter: "2 minutes",
  deadline: "5 minutes",
})

/** A tenth of a second's requests may start at once, so that no second has many more than it may. */
export const burst = (rate: number) => {
  const limit = Math.max(1, Math.ceil(rate / 10))
  return { limit, interval: (limit / rate) * 1000 }
}

/** The configuration that TileDB's own clients read: variables, profiles, `~/.tiledb/cloud.json`. */
export const config = (anonymous: boolean) =>
  TileDBConfig.withFiles(anonymous ? { credentials: Credentials.anonymous } : {}).pipe(
    Effect.mapError(unusable),
    Effect.provide(NodeContext.layer),
  )

const unusable = (error: ConfigError.ConfigError): Problem =>
  refused(
    "message" in error && "path" in error
      ? `${error.path.join(".")}: ${error.message}`
      : `The configuration cannot be used: ${error}`,
  )

/** All groups of operations, over one client. */
export const groups = Effect.all({
  users: Users.make,
  workspaces: Workspaces.make,
  invitations: Invitations.make,
  tokens: Tokens.make,
  workspace: Effect.map(TileDBClient.TileDBClient, ({ workspace }) => workspace),
})

/** The client over the configured network: proxies, the authorities of `ca_file`, `verify_ssl`. */
export const layer = ({ anonymous, concurrency, rate, turn }: Options): Layer.Layer<Api, Problem> =>
  Layer.unwrapEffect(
    Effect.map(config(anonymous), (found) => {
      const client = TileDBClient.layer({
        ...found,
        concurrency,
        retryPolicy,
        retryBudget: { capacity: 1000, perSuccess: 0.5 },
        ...(rate === null ? {} : { rateLimit: { calls: burst(rate).limit, per: burst(rate).interval } }),
        ...(turn === undefined ? {} : { transformClient: HttpClient.mapRequestEffect((_) => Effect.as(turn, _)) }),
      })

      return Layer.effect(
        Api,
        Effect.map(groups, (made) => ({
          ...made,
          baseUrl: found.baseUrl,
          anonymous: found.credentials._tag === "Anonymous",
        })),
      ).pipe(
        Layer.provide(client),
        Layer.provide(NodeTransport.layerWithoutDispatcher),
        Layer.provide(NodeNetwork.layer(found)),
        Layer.provide(NodeContext.layer),
        Layer.mapError(unusable),
      )
    }),
  )

/** Who calls. Fails before anything is sent when the deployment cannot be reached or does not take the credential. */
export const whoAmI: Effect.Effect<UserSelf, Problem, Api> = Effect.flatMap(Api, ({ anonymous, baseUrl, users }) =>
  anonymous
    ? Effect.fail(refused("This needs a credential; --anonymous does not go with it"))
    : Effect.mapError(users.getSelfUser, ({ message }) => refused(`${baseUrl}: ${message}. Nothing was sent`)),
)
