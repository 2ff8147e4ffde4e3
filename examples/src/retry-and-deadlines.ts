/** Retries, their bounds, and a caller's own deadline. */
import { RetryPolicy, Users } from "@effect-tiledb/client"
import { Faults } from "@effect-tiledb/testkit"
import { Console, Effect } from "effect"
import { inMemory } from "./example.js"

const quick = RetryPolicy.modify(RetryPolicy.standard, {
  baseDelay: "10 millis",
  onRetry: ({ nextAttempt, reason }) => Console.log(`  attempt ${nextAttempt} follows: ${reason}`),
})

const program = Effect.gen(function* () {
  const users = yield* Users.Users
  const read = Effect.map(users.getSelfUser, ({ user }) => user.username)

  yield* Console.log("The service restarts: two reads fail, the third works.")
  const name = yield* read.pipe(
    RetryPolicy.withRetryPolicy(quick),
    Faults.withFaults({ fault: Faults.status(503), nth: [1, 2] }),
  )
  yield* Console.log(`  ${name}`)

  yield* Console.log("A password reset is not safe to retry: one attempt.")
  const reset = yield* users
    .requestPasswordReset({ username_or_email: "ada" })
    .pipe(RetryPolicy.withRetryPolicy(quick), Faults.withFaults({ fault: Faults.reset("after") }), Effect.flip)
  yield* Console.log(`  ${reset._tag} after ${"attempts" in reset ? reset.attempts.length : 0} attempt`)

  yield* Console.log("The service does not respond: the deadline ends the call.")
  const silent = yield* read.pipe(
    RetryPolicy.withRetryPolicy(RetryPolicy.modify(quick, { attemptTimeout: "1 second", deadline: "1800 millis" })),
    Faults.withFaults({ fault: Faults.silence() }),
    Effect.flip,
  )
  yield* Console.log(`  ${silent._tag} ${"reason" in silent ? silent.reason : ""}`)
})

inMemory("Shows retries, an operation that is not retried, and a deadline.", program)
