import { stripVTControlCharacters } from "node:util"

/** What people begin with, by command; all of them in the help of the tool itself. */
const examples: { readonly [command: string]: ReadonlyArray<string> } = {
  create: [
    "pnpm admin create users.csv --dry-run                  # checks, and looks who is there",
    "pnpm admin create users.csv --report done.csv --format csv --corrections wrong.csv",
  ],
  update: ["pnpm admin update changes.csv --dry-run                # shows old → new"],
  delete: ["pnpm admin delete done.csv --max-deletes 50            # reads all of them, shows them, asks"],
  resume: ["pnpm admin resume users.csv                            # after Ctrl-C, a crash, an outage"],
}

// What is the same of every option, and says nothing.
const noise =
  /^ {2}(A user-defined piece of text|A true or false value|An integer|One of the following|This setting).*\n\n?/gm

/** The help of `@effect/cli` in a line an option and a command, with examples. */
export const compact = (text: string): string => {
  const help = stripVTControlCharacters(text)
  if (!help.includes("\nUSAGE\n")) return text
  const [, command = ""] = /^\$ (\S+)/m.exec(help) ?? []
  const shown = command === "admin" ? Object.values(examples).flat() : (examples[command] ?? [])
  return help
    .replace(noise, "")
    .replaceAll(/^(\(?-\S.*|<.*>)\n\n {2}(?=\S)/gm, (_, name) => `  ${name.padEnd(32)}  `)
    .replaceAll(/^ {2}- (\S+)(?: (?:\[[^\]]*\]|<[^>]*>))* +(.*)$/gm, (_, name, what) => `  ${name.padEnd(16)} ${what}`)
    .replaceAll(/^( {2}\S.*\n)\n(?= {2}\S|\n)/gm, "$1")
    .replace(/(?=^(ARGUMENTS|OPTIONS|COMMANDS)$)/m, shown.length === 0 ? "" : `EXAMPLES\n\n  ${shown.join("\n  ")}\n\n`)
}
