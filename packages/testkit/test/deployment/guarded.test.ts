// What a caller without types may pass.
import { assert, it } from "@effect/vitest"
import {
  Deployment,
  Faults,
  Fixtures,
  Journal,
  Mailbox,
  TestHttpClient,
  TestServer,
  TestUsers,
} from "@effect-tiledb/testkit"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

type Needs = Deployment.Deployment | Faults.Faults | Journal.Journal | Mailbox.Mailbox | Scope.Scope

/** Calls a function with what its type forbids. */
const misuse = (of: object, name: string, ...given: ReadonlyArray<unknown>): Effect.Effect<unknown, unknown, Needs> =>
  Effect.suspend(() => Reflect.apply(Reflect.get(of, name), of, [...given]))

const build = (layer: object, name: string, ...given: ReadonlyArray<unknown>) =>
  Effect.suspend(() => Layer.build(Reflect.apply(Reflect.get(layer, name), layer, [...given]) as Layer.Layer<never>))

const secret = "correct horse"
const onDeployment = (name: string, ...given: ReadonlyArray<unknown>) =>
  Effect.flatMap(Deployment.Deployment, (deployment) => misuse(deployment, name, ...given))

const cases: ReadonlyArray<readonly [message: string, effect: Effect.Effect<unknown, unknown, Needs>]> = [
  ["Mailbox.latest cannot take ({to: number}): ", misuse(Mailbox, "latest", { to: 5 })],
  ["Mailbox.take cannot take (null, undefined): ", misuse(Mailbox, "take", null)],
  ["Faults.add cannot take (null): ", misuse(Faults, "inject", null)],
  ["The fault rule's fault must be made by a constructor of Faults", misuse(Faults, "inject", { fault: "Reset" })],
  ["The fault rule's fault must be made by a constructor of Faults", misuse(Faults, "inject", {})],
  ["Journal.expect cannot take (null): ", misuse(Journal, "expect", null)],
  ["Deployment.user cannot take (number): ", onDeployment("user", 5)],
  ["Deployment.add cannot take ({username: number}): ", onDeployment("add", { username: 5 })],
  [
    "Deployment.add cannot take ({username: string, password: string}): ",
    onDeployment("add", { username: "eve", password: secret }),
  ],
  ["Deployment.change cannot take (string, null): ", onDeployment("change", "owner", null)],
  ["Deployment.revoke cannot take (string): ", onDeployment("revoke", secret)],
  ["Deployment.restore cannot take ({}): ", onDeployment("restore", {})],
  ["Deployment.advance cannot take (string): ", onDeployment("advance", "soon")],
  ["Deployment.layer cannot take (null): ", build(Deployment, "layer", null)],
  ["Deployment.layer cannot take ({users: string}): ", build(TestUsers, "layer", { users: "ada" })],
  [
    "Deployment.layer cannot take ({users: [{username: number}]}): ",
    build(TestUsers, "asOwner", { users: [Fixtures.user(5 as never)] }),
  ],
  ["TestUsers.makeClient cannot take (null): ", build(TestUsers, "layerDeployment", null)],
  ["TestServer.make cannot take ({cors: number}): ", build(TestServer, "layer", { cors: 5 })],
  ["TestHttpClient.make cannot take ({origins: [number]}): ", build(TestHttpClient, "layer", { origins: [5] })],
]

for (const [index, [message, effect]] of cases.entries()) {
  it.scoped(`what is of another type is named: ${index} ${message}`, () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(effect)
      assert(Exit.isFailure(exit))
      const defect = Cause.squash(exit.cause)
      assert.instanceOf(defect, Error)
      assert(Cause.isIllegalArgumentException(defect), String(defect))
      assert.include(defect.message, message)
      assert.notInclude(defect.message, secret)
    }).pipe(Effect.provide(Deployment.layer())),
  )
}
