/** The addresses and credentials of a server that has started. */
export interface Line {
  readonly baseUrl: string
  readonly apiKey: string
}

/** The addresses as one line of JSON for a program, or as what a person needs at a terminal. */
export const announcement = (line: Line, isTerminal: boolean): string =>
  isTerminal
    ? `A TileDB Users API in memory, until Ctrl-C

  address  ${line.baseUrl}
  API key  ${line.apiKey}

  export TILEDB_REST_HOST=${line.baseUrl}
  export TILEDB_REST_TOKEN=${line.apiKey}

In a pipe, all addresses and credentials are printed as JSON.
`
    : `${JSON.stringify(line)}\n`
