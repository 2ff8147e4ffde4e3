import * as Data from "effect/Data"

/** What each exit code means; `README.md` has the same table. */
export const exit = {
  done: 0,
  rowsFailed: 1,
  nothingSent: 2,
  stopped: 3,
  busy: 4,
  fault: 70,
  interrupted: 130,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

/** Why a command ends without its work: a sentence for the person who gave it, and the exit code. */
export class Problem extends Data.TaggedError("Problem")<{ readonly message: string; readonly exit: Exit }> {}

/** Nothing has been sent: the command, its file or its surroundings have to be put right first. */
export const refused = (message: string): Problem => new Problem({ message, exit: exit.nothingSent })

/** What an error of the system or of a database says, in a few words. */
export const messageOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join("; ")
  return cause instanceof Error ? cause.message : String(cause)
}
