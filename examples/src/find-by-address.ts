/** Finds the member of a workspace who has an address: one, none, or an error that says that there are several. */
import { Workspaces } from "@effect-tiledb/client"
import { Config, Console, Effect } from "effect"
import { reading } from "./example.js"

const find = (address: string) =>
  Effect.gen(function* () {
    const workspaces = yield* Workspaces.Workspaces
    const wanted = address.toLowerCase()
    // How `search` matches is not documented: it narrows, the comparison here decides.
    const matching = (search?: string) =>
      Effect.map(workspaces.allWorkspaceUsers({ search, per_page: 100 }), (members) =>
        members.filter(({ deleted_at, email }) => deleted_at === undefined && email.toLowerCase() === wanted),
      )
    const searched = yield* matching(address)
    // Only a complete listing proves that there is no such member.
    const found = searched.length > 0 ? searched : yield* matching()
    if (found.length > 1) return yield* Effect.fail(`${found.length} members have this address: decide yourself`)
    return found[0]
  })

const program = Effect.gen(function* () {
  const address = yield* Config.withDefault(Config.string("ADDRESS"), "Ada@example.com")
  const member = yield* find(address)
  yield* Console.log(member === undefined ? "no such member" : `${member.display_name}, ${member.role}`)
})

reading("Finds who has the address ADDRESS in TILEDB_REST_WORKSPACE, or in a deployment in memory.", program)
