import * as Prompt from "@effect/cli/Prompt"
import * as Effect from "effect/Effect"
import { Api } from "./Api.js"
import type { Looked } from "./Look.js"
import { refused } from "./Problem.js"
import { say } from "./Screen.js"

/** Asks a person; whoever is not there, or says no, ends the command. */
export const ask = (message: string, nothing: string) =>
  process.stdin.isTTY !== true
    ? Effect.fail(refused(`This asks first, and nobody can answer here: give --yes. ${nothing}`))
    : Prompt.confirm({ message, initial: false }).pipe(
        Effect.catchTag("QuitException", () => Effect.succeed(false)),
        Effect.flatMap((sure) => (sure ? Effect.void : Effect.fail(refused(nothing)))),
      )

/** Shows what would be done to users who are there, as the service knows them, and asks; nothing is done without a yes. */
export const confirm = (verb: "delete" | "change", looked: ReadonlyArray<Looked>, yes: boolean) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* Api
    const past = verb === "delete" ? "deleted" : "sent"
    const total = looked.filter(({ state }) => state === "released").length
    const lines = looked.map(({ label, line, note, roles = [], user_id }) => {
      const role = roles.length === 0 || verb === "change" ? "" : `, ${[...new Set(roles)].join(" and ")}`
      return `${user_id ?? label}  line ${line}: ${note}${role}`
    })
    yield* say(`To ${verb} at ${baseUrl}: ${total} users`, lines, 100)
    if (yes || total === 0) return
    const message = verb === "delete" ? `Delete these ${total} users for good?` : `Change these ${total} users?`
    yield* ask(message, `Nothing was ${past}`)
  })
