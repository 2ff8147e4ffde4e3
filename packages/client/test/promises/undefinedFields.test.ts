// Compiled twice: as it is by tsconfig.json, and without `exactOptionalPropertyTypes` by test/loose/tsconfig.json. That
// what compiles is taken is held by answers.test.ts and options.test.ts, which make the same calls.
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy, type TileDBClient, type Users } from "@effect-tiledb/client"
import type { User, UserCreateRequest, UserUpdateRequest } from "@effect-tiledb/schema"
import type { Duration, Redacted } from "effect"

/** Not run: the compiler is the one who is asked. */
export const calls = (
  users: Users.Service,
  me: User,
  name: string | undefined,
  time: Duration.DurationInput | undefined,
  password: Redacted.Redacted<string>,
) => {
  const { id, ...rest } = me
  return [
    users.updateUser(id, { display_name: name, email: undefined, timezone: name, image: name }),
    users.updateUser(id, { ...me, display_name: "Countess" }),
    users.updateUser(id, { ...rest, display_name: name }),
    users.updateUser(id, me),
    users.createUser({ email: "", username: "", password, display_name: name, timezone: undefined, image: name }),
    // @ts-expect-error what is required is not left out
    users.createUser({ email: name, username: "", password }),
    // @ts-expect-error null is not the way to leave something out
    users.updateUser(id, { display_name: null }),
    // @ts-expect-error a misspelt property is one that is never changed
    users.updateUser(id, { displayName: "Countess" }),
    // @ts-expect-error a plain string becomes an id with UserId.make
    users.getUser("usr_9m4e2mr0ui3e8a215n4g"),
    RetryPolicy.make({ attempts: undefined, baseDelay: time, maxDelay: time, maxRetryAfter: time, deadline: time }),
    RetryPolicy.make({ attemptTimeout: time, repeatUnsafe: undefined, onRetry: undefined, operations: undefined }),
    RetryPolicy.modify(RetryPolicy.standard, { operations: { deleteUser: undefined }, deadline: undefined }),
  ]
}

/** Options as people collect them, all of which may be `undefined`. */
export const collected = (
  baseUrl: string | undefined,
  count: number | undefined,
  strict: boolean | undefined,
): [TileDBClient.Options, UserUpdateRequest, Partial<UserCreateRequest>] => [
  {
    baseUrl,
    maxBodyBytes: count,
    concurrency: count,
    retryBudget: { capacity: count, perSuccess: count },
    decoding: strict === true ? "strict" : undefined,
    credentials: undefined,
    retryPolicy: undefined,
    allowedOrigins: undefined,
    tracePropagation: strict,
    allowInsecureHttp: strict,
  },
  { email: baseUrl },
  { timezone: baseUrl },
]

describe("undefined", () => {
  it("compiles for whatever may be left out, with and without exactOptionalPropertyTypes", () => {
    assert.isFunction(calls)
    assert.lengthOf(collected(undefined, undefined, undefined), 3)
  })
})
