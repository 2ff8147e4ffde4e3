import * as Data from "effect/Data"

/**
 * The server could not start; the message names the port and what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Data.TaggedError("ListenError")<{
  /** The requested port; 0 for any. */
  readonly port: number
  /** The system's error code, for example `EADDRINUSE`. */
  readonly code: string
  /** The problem, and the remedy. */
  readonly message: string
}> {}

/** The error for what went wrong when the port was opened. */
export const toListenError = (port: number, cause: unknown): ListenError => {
  const { code = "UNKNOWN", message }: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause))
  const messages: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on 127.0.0.1 is in use (EADDRINUSE): stop the other server, or omit the port to get a free one`,
    ERR_SOCKET_BAD_PORT: `${port} is not a port: write a number from 0 (any free one) to 65535`,
    EACCES: `Port ${port} requires privileges that this process does not have (EACCES): use a port above 1023, or omit the port`,
  }
  return new ListenError({ port, code, message: messages[code] ?? `Cannot listen on port ${port}: ${message}` })
}
