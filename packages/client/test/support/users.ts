/** The service over a client of its own: what a test of one service writes in place of two Layers. */
import type * as HttpClient from "@effect/platform/HttpClient"
import { TileDBClient, Users } from "@effect-tiledb/client"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** `Users.layer` over `TileDBClient.layer`. */
export const usersLayer = (
  options?: TileDBClient.Options,
): Layer.Layer<Users.Users, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.provide(Users.layer, TileDBClient.layer(options))

/** `Users.layer` over `TileDBClient.layerConfig`. */
export const usersLayerConfig = <R = never>(
  options?: TileDBClient.ConfigOptions | Effect.Effect<TileDBClient.Options, ConfigError.ConfigError, R>,
): Layer.Layer<Users.Users, ConfigError.ConfigError, HttpClient.HttpClient | Exclude<R, Scope.Scope>> =>
  Layer.provide(
    Users.layer,
    Effect.isEffect(options) ? TileDBClient.layerConfig(options) : TileDBClient.layerConfig(options),
  )

/** `Users.layer` over `TileDBClient.layerFetch`. */
export const usersLayerFetch = (
  options?: TileDBClient.FetchOptions,
): Layer.Layer<Users.Users, ConfigError.ConfigError> => Layer.provide(Users.layer, TileDBClient.layerFetch(options))

/** The service over a client. */
export const usersOf = (client: TileDBClient.Service): Effect.Effect<Users.Service> =>
  Effect.provideService(Users.make, TileDBClient.TileDBClient, client)

/** `Users.make` over `TileDBClient.make`. */
export const makeUsers = (
  options?: TileDBClient.Options,
): Effect.Effect<Users.Service, ConfigError.ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.flatMap(TileDBClient.make(options), usersOf)
