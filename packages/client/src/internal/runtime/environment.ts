/** The version in package.json; a test keeps the two equal. */
export const version = "0.1.0"

/** Whether this is a page in a browser (a worker or a server has no document). */
export const isBrowser = (): boolean => "window" in globalThis && "document" in globalThis

/** The header that names the library and its version; browsers send their own and would ask for a preflight. */
export const userAgent = (): Readonly<Record<string, string>> =>
  isBrowser() ? {} : { "user-agent": `effect-tiledb/${version}` }
