/**
 * Whether `getUser` is as fast among 100,000 users as among 100, measured in turns in one process: prints the ratio, and
 * exits with 1 when it is below 0.9. A step of CI of its own: a test runner beside it would be measured too.
 */
import type { Users } from "@effect-tiledb/client"
import { UserId } from "@effect-tiledb/schema"
import { Deployment, Fixtures, TestUsers } from "@effect-tiledb/testkit"
import { Console, Effect } from "effect"

/** One round: the CPU time of a thousand reads of the same hundred users from all over the table, in microseconds. */
const reader = (count: number) =>
  Effect.gen(function* () {
    const users: Users.Service = yield* TestUsers.make()
    const all = yield* (yield* Deployment.Deployment).users
    // The same number of users on both sides: what the processor caches is not the question.
    const ids = Array.from({ length: 100 }, (_, index) => all[(index * 7919) % all.length]?.id ?? UserId.make(""))
    const round = Effect.repeatN(Effect.forEach(ids, users.getUser, { discard: true }), 9)
    // @effect-diagnostics-next-line returnEffectInGen:off - the round is run many times
    return Effect.suspend(() => {
      const before = process.cpuUsage()
      return Effect.map(round, () => {
        const { system, user } = process.cpuUsage(before)
        return user + system
      })
    })
  }).pipe(Effect.provide(Deployment.layer({ users: Fixtures.users(count) })))

const program = Effect.gen(function* () {
  const few = yield* reader(100)
  const many = yield* reader(100_000)
  yield* Effect.repeatN(Effect.zipRight(few, many), 5)
  // What disturbs a round only makes it slower: the best of each is what it takes.
  let bestOfFew = Number.POSITIVE_INFINITY
  let bestOfMany = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 300; turn++) {
    bestOfFew = Math.min(bestOfFew, yield* few)
    bestOfMany = Math.min(bestOfMany, yield* many)
  }
  const ratio = bestOfFew / bestOfMany
  yield* Console.log(
    `getUser: ${(bestOfFew / 1000).toFixed(2)} µs among 100 users, ${(bestOfMany / 1000).toFixed(2)} µs among 100,000: ${ratio.toFixed(3)} of the speed, at least 0.9`,
  )
  if (ratio < 0.9) process.exitCode = 1
})

Effect.runPromise(program)
