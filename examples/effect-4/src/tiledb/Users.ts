/** The ten methods of the client as a service of Effect 4. */
import { Config, ConfigProvider, Context, Effect, Layer } from "effect"
import { Effect3, type TileDBError, Users as Users3 } from "tiledb-island"
import { fromEffect3 } from "./fromEffect3.ts"
import { error4, type From4, from4, type To4, to4, type UsersError } from "./values.ts"

/** A method of the client in Effect 4: with v4's `Redacted` in what it takes, and v4's values and errors in what it gives. */
type Method<M> = M extends (...args: infer Args) => Effect3.Effect.Effect<infer A, infer E>
  ? (...args: From4<Args>) => Effect.Effect<To4<A>, UsersError<E>>
  : M extends Effect3.Effect.Effect<infer A, infer E>
    ? Effect.Effect<To4<A>, UsersError<E>>
    : never

/** Made from the client's own type: a method that it gets is here, too. */
export type Service = { readonly [Name in keyof Users3.Service]: Method<Users3.Service[Name]> }

export class Users extends Context.Service<Users, Service>()("app/tiledb/Users") {}

const call = (effect: Effect3.Effect.Effect<unknown, TileDBError.TileDBError>) =>
  fromEffect3(effect).pipe(Effect.map(to4), Effect.mapError(error4))

/** Every method in the same way; `Service` has the types. */
const service4 = (service: Users3.Service): Service => {
  const methods = Object.entries(service).map(([name, method]): ReadonlyArray<unknown> => {
    const bridged = (...args: ReadonlyArray<unknown>) => Effect.suspend(() => call(method(...from4(args))))
    return [name, typeof method === "function" ? bridged : call(method)]
  })
  return Object.fromEntries(methods)
}

/**
 * The service over a layer of Effect 3, which is built and closed with this one. The client reads its configuration with
 * the `ConfigProvider` of Effect 4; what it cannot use is a `ConfigError`.
 */
export const layer = (
  users: Effect3.Layer.Layer<Users3.Users, Effect3.ConfigError.ConfigError>,
): Layer.Layer<Users, Config.ConfigError> =>
  Layer.effect(
    Users,
    Effect.gen(function* () {
      const scope = yield* Effect.acquireRelease(fromEffect3(Effect3.Scope.make()), (scope) =>
        fromEffect3(Effect3.Scope.close(scope, Effect3.Exit.void)),
      )
      const context = yield* fromEffect3(Effect3.Layer.buildWithScope(users, scope)).pipe(
        Effect.mapError((error) => new Config.ConfigError(new ConfigProvider.SourceError({ message: String(error) }))),
      )
      return service4(Effect3.Context.get(context, Users3.Users))
    }),
  )
