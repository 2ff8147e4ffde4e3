/**
 * Identifies the errors of connections that were never established. The error alone is not enough: a refused handshake
 * and a TLS socket that breaks after it has carried the request end with the same code. Node's diagnostics channels
 * report it, with the same error object that the transport fails with.
 */
const errors = new WeakSet<object>()

/** Whether Node has reported that the connection of this error has carried no request. */
export const has = (error: object): boolean => errors.has(error)

const property = (of: unknown, name: string): unknown =>
  typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined

const add = (message: unknown): void => {
  const error = property(message, "error")
  if (typeof error === "object" && error !== null) errors.add(error)
}

/** For a transport that knows it of one request: a new error with the same code, as others may share the given one. */
export const unsent = (cause: unknown): Error => {
  const error = Object.assign(new Error("The request was not sent", { cause }), { code: property(cause, "code") })
  errors.add(error)
  return error
}

let listens = false

/** Subscribes once per process. Without these channels (in a browser) nothing is reported. */
export const listen = (): void => {
  if (listens) return
  listens = true
  const channels = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel")
  // Published by undici, and so by Node's `fetch`, for a failed connection: its requests have not been written.
  channels?.subscribe?.("undici:client:connectError", add)
  // Published by `node:http` for a failed request, with its socket. The protocol that TLS negotiates is `null` until the
  // handshake is complete, and nothing is written before that.
  channels?.subscribe?.("http.client.request.error", (message) => {
    if (property(property(property(message, "request"), "socket"), "alpnProtocol") === null) add(message)
  })
}
