/** The version in package.json; a test holds the two together. */
export const version = "0.1.0"

/** Whether this is a page in a browser (a worker or a server has no document). */
export const isBrowser = (): boolean => "window" in globalThis && "document" in globalThis

/** Names the library and its version; browsers send their own and would ask for a preflight. */
export const userAgent = (): string | undefined => (isBrowser() ? undefined : `effect-tiledb/${version}`)
