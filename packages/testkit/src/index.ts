/**
 * The TileDB Cloud v4 API about people in memory, behind three interfaces, for deterministic tests.
 *
 * @example
 * import { Users } from "@effect-tiledb/client"
 * import { Fixtures, TestUsers } from "@effect-tiledb/testkit"
 * import { Effect } from "effect"
 *
 * const test = Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(
 *   Effect.provide(TestUsers.layer({ users: [Fixtures.user("ada")] })),
 * )
 *
 * @since 0.1.0
 */
export * as Arbitraries from "./Arbitraries.js"
export * as Canary from "./Canary.js"
export * as Contract from "./Contract.js"
export * as Deployment from "./Deployment.js"
export * as Faults from "./Faults.js"
export * as Fixtures from "./Fixtures.js"
export * as Group from "./Group.js"
export * as Journal from "./Journal.js"
export * as Mailbox from "./Mailbox.js"
export * as TestHttpClient from "./TestHttpClient.js"
export * as TestServer from "./TestServer.js"
export * as TestUsers from "./TestUsers.js"
