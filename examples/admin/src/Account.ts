import { createInterface } from "node:readline/promises"
import * as Prompt from "@effect/cli/Prompt"
import { Credentials, TileDBError } from "@effect-tiledb/client"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Api, whoAmI } from "./Api.js"
import { clean } from "./Columns.js"
import { exit, Problem, refused } from "./Problem.js"

const print = (text: string) => Effect.sync(() => process.stdout.write(`${text}\n`))

/** `who-am-i`: the account behind the credential, and its workspaces. */
export const show = (format: "table" | "json") =>
  Effect.gen(function* () {
    const { user, workspaces } = yield* whoAmI
    const { baseUrl } = yield* Api
    const { display_name, email, id, is_valid_email, role, timezone, username } = user
    const spaces = workspaces.map(({ name, self, workspace_id }) => ({ id: workspace_id, name, role: self.role }))
    const account = { deployment: baseUrl, id, username, display_name, email, is_valid_email, role, timezone }
    const confirmed = is_valid_email === false ? " (not confirmed)" : ""
    yield* print(
      format === "json"
        ? JSON.stringify({ ...account, workspaces: spaces })
        : [
            `${clean(username)} (${clean(display_name)}), ${clean(role)} of ${baseUrl}`,
            `  id         ${id}`,
            `  e-mail     ${clean(email)}${confirmed}`,
            `  time zone  ${clean(timezone)}`,
            ...spaces.map(({ id, name, role }) => `  workspace  ${clean(name)} (${clean(id)}), ${clean(role)}`),
          ].join("\n"),
    )
  })

const readLines = async (most: number): Promise<ReadonlyArray<string>> => {
  const read: Array<string> = []
  for await (const line of createInterface({ input: process.stdin })) if (read.push(line) === most) break
  return read
}

/** Asks for two secrets on a terminal without showing them; elsewhere each is one line of stdin. */
const askFor = (one: string, other: string, again?: string) =>
  Effect.gen(function* () {
    const names = [one, other, ...(again === undefined ? [] : [again])]
    const given = process.stdin.isTTY
      ? yield* Effect.forEach(names, (name) => Prompt.hidden({ message: name }))
      : (yield* Effect.promise(() => readLines(names.length))).map((line) => Redacted.make(line))
    const [first, second, third] = given.filter((secret) => Redacted.value(secret) !== "")
    if (first === undefined || second === undefined) {
      return yield* Effect.fail(refused(`${names.join(", ")}: each has to be given, in lines of the standard input`))
    }
    if (again !== undefined && (third === undefined || Redacted.value(third) !== Redacted.value(second))) {
      return yield* Effect.fail(refused("The two new passwords are not the same. Nothing was changed"))
    }
    return [first, second] as const
  })

const stillUnknown = (what: string) => new Problem({ exit: exit.rowsFailed, message: what })

/** `rotate-password`: replaces one's own password, and finds out which one counts when the response is lost. */
export const rotatePassword = Effect.gen(function* () {
  const { user: self } = yield* whoAmI
  const { users } = yield* Api
  const opens = (password: Redacted.Redacted<string>) =>
    Effect.suspend(() =>
      Credentials.withCredentials(users.getSelfUser, Credentials.basic(self.username, password)),
    ).pipe(
      Effect.isSuccess,
      Effect.catchAllDefect(() => Effect.succeed(false)),
    )
  const [current, next] = yield* askFor("Current password", "New password", "New password again")
  yield* Effect.catchAll(users.changePassword({ current_password: current, new_password: next }), (error) =>
    Effect.gen(function* () {
      if (!TileDBError.mayHaveBeenDone(error))
        return yield* Effect.fail(refused(`The password was not changed: ${error.message}`))
      if (yield* opens(next)) return undefined
      return yield* Effect.fail(
        (yield* opens(current))
          ? refused("The password was not changed: the old one still works. Try again")
          : stillUnknown(`Nobody can tell whether the password was changed (${error.message}): try both`),
      )
    }),
  )
  yield* print(`The password of ${clean(self.username)} was changed`)
})

/** `reset-password ada`: has the service send the e-mail with the token. */
export const requestReset = (who: string) =>
  Effect.gen(function* () {
    const { users } = yield* Api
    yield* Effect.mapError(users.requestPasswordReset({ username_or_email: who }), ({ message }) =>
      stillUnknown(`The e-mail may not have been sent: ${message}`),
    )
    yield* print(`If there is such a user, an e-mail with a token is on its way. Then: reset-password --token`)
  })

/** `reset-password --token`: sets a password with the token from the e-mail. */
export const resetPassword = Effect.gen(function* () {
  const { users } = yield* Api
  const [token, password] = yield* askFor("Token from the e-mail", "New password")
  yield* Effect.mapError(users.resetPassword(token, { new_password: password }), (error) =>
    !TileDBError.mayHaveBeenDone(error)
      ? refused(`The password was not changed: ${error.message}`)
      : stillUnknown(`Nobody can tell whether the password was changed: log in with the new one (${error.message})`),
  )
  yield* print("The password was changed")
})
