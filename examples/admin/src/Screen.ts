import * as Effect from "effect/Effect"
import { printable } from "./Columns.js"

/** Whether people watch: else there is no bar, and nothing is overwritten. */
export const isTerminal = (): boolean => process.stderr.isTTY === true

const erase = "\r\u001b[2K"
let bar = ""

/** Writes lines to stderr, above the bar if there is one. */
export const write = (text: string): void => {
  process.stderr.write(bar === "" ? `${text}\n` : `${erase}${text}\n${bar}`)
}

/** A sentence, and what it is about, each in a line of its own. */
export const listed = (head: string, lines: ReadonlyArray<string>, most = lines.length): string =>
  [
    head,
    ...lines.slice(0, most).map((line) => `  ${printable(line)}`),
    ...(lines.length > most ? [`  … and ${lines.length - most} more`] : []),
  ].join("\n")

export const say = (head: string, lines: ReadonlyArray<string> = [], most?: number): Effect.Effect<void> =>
  Effect.sync(() => write(listed(head, lines, most)))

/** Shows the bar, in one line of the terminal however wide it is. */
export const showBar = (text: string): void => {
  bar = text.slice(0, (process.stderr.columns ?? 80) - 1)
  process.stderr.write(`${erase}${bar}`)
}

/** Leaves the bar as the line that it is. */
export const endBar = (): void => {
  if (bar !== "") process.stderr.write("\n")
  bar = ""
}

/** Text for a shell, so that it is one word as it stands. */
export const quoted = (word: string): string =>
  /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
