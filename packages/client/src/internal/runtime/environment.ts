/** The version in package.json; a test keeps the two equal. */
export const version = "0.1.0"

/** Whether this is a page in a browser (a worker or a server has no document). */
export const isBrowser = (): boolean => "window" in globalThis && "document" in globalThis

/**
 * The name of the library and its version, and that a body should come as it is: without the latter a server may
 * compress. Browsers send their own, and decode.
 */
export const ownHeaders = (): Readonly<Record<string, string>> =>
  isBrowser() ? {} : { "user-agent": `effect-tiledb/${version}`, "accept-encoding": "identity" }
