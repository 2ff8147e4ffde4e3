/** Exports the members of a workspace as CSV: all of them, or nothing. */
import { Workspaces } from "@effect-tiledb/client"
import { Console, DateTime, Effect } from "effect"
import { reading } from "./example.js"

/** A spreadsheet takes a cell that begins so for a formula, and commas and quotes for its own. */
const cell = (text: string) => {
  const safe = /^[=+@-]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const program = Effect.gen(function* () {
  const workspaces = yield* Workspaces.Workspaces
  // It fails if the listing is not complete: a file with a gap would be worse than none.
  const members = yield* workspaces.allWorkspaceUsers({ per_page: 100 })
  const sorted = members.toSorted((one, other) => one.email.localeCompare(other.email))
  yield* Console.log("email,username,role,removed")
  for (const { deleted_at, email, role, username = "" } of sorted) {
    const removed = deleted_at === undefined ? "" : DateTime.formatIso(deleted_at)
    yield* Console.log([email, username, role, removed].map(cell).join())
  }
  // Who may not see addresses gets empty ones.
  const silent = members.filter(({ email }) => email === "").length
  if (silent > 0) yield* Console.error(`${silent} of ${members.length} addresses are empty`)
})

reading("Prints the members of TILEDB_REST_WORKSPACE as CSV, or those of a deployment in memory.", program)
