import { stripVTControlCharacters } from "node:util"

/** What people begin with, by command; all of them in the help of the tool itself. */
const examples: { readonly [command: string]: ReadonlyArray<string> } = {
  create: [
    "pnpm admin create users.csv --dry-run                  # checks, and looks who is there",
    "pnpm admin create users.csv --report done.csv --format csv --corrections wrong.csv",
  ],
  update: ["pnpm admin update changes.csv --dry-run                # shows old → new"],
  delete: ["pnpm admin delete leavers.csv --dry-run                # whom it would delete; without --dry-run it asks"],
  list: ["pnpm admin list -o people.csv                          # all members, or exit code 3 and no file"],
  find: ["pnpm admin find ada@example.com                        # the whole address, username or id"],
  audit: ["pnpm admin audit people.csv                            # exit code 0 same, 1 differs, 3 not read"],
  plan: ["pnpm admin plan people.csv -o plan.json                # email,role; takes nobody out without --remove"],
  apply: ["pnpm admin apply plan.json                             # refused if what it is about has changed"],
  offboard: ["pnpm admin offboard ada@example.com --dry-run          # leave --dry-run out, and it asks"],
  tokens: ["pnpm admin tokens --expiring 14d                       # exit code 1 if one ends by then"],
  revoke: ["pnpm admin tokens revoke ID"],
  resume: ["pnpm admin resume users.csv                            # after Ctrl-C, a crash, an outage"],
}

// What is the same of every option, and says nothing.
const noise =
  /^ {2}(A user-defined piece of text|A true or false value|An integer|One of the following|This setting|This argument must).*\n\n?/gm

const parameters = / (?:\[[^\]]*\]|\([^)]*\)|<[^>]*>(?:\.{3})?)/g

/** What no option says: the tool reads the configuration of TileDB's own clients. */
const configuration = `CONFIGURATION

  TILEDB_REST_HOST                  The deployment; default: https://api.tiledb.com
  TILEDB_REST_TOKEN                 Your API token; or TILEDB_REST_USERNAME and TILEDB_REST_PASSWORD
  TILEDB_REST_WORKSPACE             The workspace, where --workspace names none
  ~/.tiledb/profiles.json           A profile; or ~/.tiledb/cloud.json, as TileDB's own clients write them

EXIT CODES

  0 all is done                     3 stopped, or not read completely: resume, or give it again
  1 look at the report              4 another process works on this file
  2 nothing was sent                70 a fault of this tool, 130 Ctrl-C: resume
`

/** The help of `@effect/cli` in a line an option and a command, with examples. */
export const compact = (text: string): string => {
  const help = stripVTControlCharacters(text)
  if (!help.includes("\nUSAGE\n")) return text
  const [, command = ""] = /^\$ (\S+)/m.exec(help) ?? []
  const shown = command === "admin" ? Object.values(examples).flat() : (examples[command] ?? [])
  const more = command === "admin" ? `\n${configuration}` : ""
  return help
    .replace(noise, "")
    .replaceAll(/^(\(?-\S.*|<.*>(?: 1\+)?)\n\n {2}(?=\S)/gm, (_, name) => `  ${name.padEnd(32)}  `)
    .replaceAll(
      /^ {2}- (\S.*?) {2,}(.*)$/gm,
      (_, usage, what) => `  ${usage.replaceAll(parameters, "").padEnd(16)} ${what}`,
    )
    .replaceAll(/^( {2}\S.*\n)\n(?= {2}\S|\n)/gm, "$1")
    .replace(/(?=^(ARGUMENTS|OPTIONS|COMMANDS)$)/m, shown.length === 0 ? "" : `EXAMPLES\n\n  ${shown.join("\n  ")}\n\n`)
    .concat(more)
}
