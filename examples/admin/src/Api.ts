import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Credentials, RetryPolicy, TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import type { User } from "@effect-tiledb/schema"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { exit, Problem, refused } from "./Problem.js"

export interface Options {
  /** How many requests may be under way at once. */
  readonly concurrency: number
  /** How many requests may start in a second. */
  readonly rate: number | null
  /** Whether no credential is sent; enough to register users where everybody may. */
  readonly anonymous: boolean
}

/** The deployment of `TILEDB_REST_HOST`, and who calls. */
export interface Service {
  readonly baseUrl: string
  readonly anonymous: boolean
  readonly users: Users.Service
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
    Effect.mapError((error) => refused(configMessage(error))),
    Effect.provide(NodeContext.layer),
  )

const configMessage = (error: ConfigError.ConfigError): string =>
  ConfigError.isConfigError(error) && "message" in error && "path" in error
    ? `${error.path.join(".")}: ${error.message}`
    : `The configuration cannot be used: ${error}`

export const layer = ({ anonymous, concurrency, rate }: Options): Layer.Layer<Api, Problem, HttpClient.HttpClient> =>
  Layer.scoped(
    Api,
    Effect.gen(function* () {
      const { baseUrl, credentials } = yield* config(anonymous)
      const client = TileDBClient.make({
        baseUrl,
        credentials,
        concurrency,
        retryPolicy,
        retryBudget: { capacity: 1000, perSuccess: 0.5 },
        ...(rate === null ? {} : { rateLimit: { calls: burst(rate).limit, per: burst(rate).interval } }),
      })
      const users = yield* Effect.mapError(
        Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, client),
        (error) => refused(configMessage(error)),
      )
      return { baseUrl, anonymous: credentials._tag === "Anonymous", users }
    }),
  )

/** Who calls. Fails before anything is sent when the deployment cannot be reached or does not take the credential. */
export const whoAmI: Effect.Effect<User, Problem, Api> = Effect.flatMap(Api, ({ anonymous, baseUrl, users }) =>
  anonymous
    ? Effect.fail(refused("This needs a credential; --anonymous does not go with it"))
    : users.getSelfUser.pipe(
        Effect.map(({ user }) => user),
        Effect.mapError(
          (error) =>
            new Problem({ exit: exit.nothingSent, message: `${baseUrl} does not let us in: ${error.message}` }),
        ),
      ),
)
