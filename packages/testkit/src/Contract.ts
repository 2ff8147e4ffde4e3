/**
 * The contract of the `Users` service, and of the groups about people, as cases for any test runner: over this package's implementations, over your own
 * decorators of the service and, for the cases that only read, over a live deployment.
 *
 * @example
 * import { it } from "@effect/vitest"
 * import { Contract, Deployment, TestUsers } from "@effect-tiledb/testkit"
 * import { Layer } from "effect"
 *
 * const layer = Contract.layerCallers((credentials) => TestUsers.make({ credentials })).pipe(
 *   Layer.provideMerge(TestUsers.layer()),
 * )
 *
 * for (const { name, run } of Contract.users(layer)) it.effect(name, () => run)
 *
 * @since 0.1.0
 */
import type { Credentials, Users } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Deployment from "./Deployment.js"
import { Callers, type Case } from "./internal/contract/check.js"
import * as Lives from "./internal/contract/lives.js"
import * as People from "./internal/contract/people.js"
import * as Reads from "./internal/contract/reads.js"
import type { Mailbox } from "./Mailbox.js"

export { assertNoLeak } from "./Canary.js"
export { Callers, type Case, Violation } from "./internal/contract/check.js"
export type { People } from "./internal/contract/people.js"

/**
 * `Callers` from a function that builds the service for given credentials; dies if the service cannot be built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCallers = <E, R>(
  make: (credentials: Credentials.Credentials) => Effect.Effect<Users.Service, E, R>,
): Layer.Layer<Callers, never, R> =>
  Layer.effect(
    Callers,
    Effect.map(Effect.context<R>(), (context) => ({
      as: (credentials) => Effect.orDie(Effect.provide(make(credentials), context)),
    })),
  )

/**
 * The whole contract. Each case builds the layer anew and expects a deployment in which `Users` is an owner and which
 * has no user called `ada` or `bob`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const users = <E, R>(layer: Layer.Layer<Users.Users | Callers | Mailbox, E, R>): ReadonlyArray<Case<E, R>> => [
  ...readOnly(layer),
  ...check(Lives.cases, layer),
]

/**
 * The cases that only read, for a live deployment: with any user as `Users`, nothing is changed and no e-mail is sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const readOnly = <E, R>(layer: Layer.Layer<Users.Users, E, R>): ReadonlyArray<Case<E, R>> =>
  check(Reads.cases, layer)

/**
 * The contract of the groups about people, for services that `make` builds for any caller. Each case builds the layer
 * anew, and expects a deployment of `peopleOptions` without users named `ada`, `bob` or `zoe`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const people = <E, R, E2, Out, In>(
  make: (credentials: Credentials.Credentials) => Effect.Effect<People.People, E, R>,
  layer: Layer.Layer<Out | R | Deployment.Deployment | Mailbox, E2, In>,
): ReadonlyArray<Case<E | E2, In>> => check(People.cases(make), layer)

/**
 * How a deployment starts for `people`: its owner owns a workspace without other members.
 *
 * @since 0.1.0
 * @category constructors
 */
export const peopleOptions: Deployment.Options = { workspaces: [{ name: People.workspace, owner: "owner" }] }

/**
 * Cases of your own, for the service of another group for example, each with the layer built anew.
 *
 * @since 0.1.0
 * @category constructors
 */
export const check = <E, E2, Out, In>(
  cases: ReadonlyArray<Case<E, Out>>,
  layer: Layer.Layer<Out, E2, In>,
): ReadonlyArray<Case<E | E2, In>> => cases.map(({ name, run }) => ({ name, run: Effect.provide(run, layer) }))
