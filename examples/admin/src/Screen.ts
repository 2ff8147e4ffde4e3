import * as Effect from "effect/Effect"

/** Whether people watch: else there is no bar, and nothing is overwritten. */
export const isTerminal = (): boolean => process.stderr.isTTY === true

const erase = "\r\u001b[2K"
let bar = ""

/** Writes lines to stderr, above the bar if there is one. */
export const write = (text: string): void => {
  process.stderr.write(bar === "" ? `${text}\n` : `${erase}${text}\n${bar}`)
}

export const say = (text: string): Effect.Effect<void> => Effect.sync(() => write(text))

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
