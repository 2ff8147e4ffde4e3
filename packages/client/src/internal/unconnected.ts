/**
 * Which errors are those of a connection that never came up. An error does not say it: a handshake that is refused and a TLS
 * socket that breaks after it has carried the request end with the same code. Node's diagnostics channels do, with the very
 * error object that the transport fails with.
 */
import type { ClientRequest } from "node:http"

const errors = new WeakSet<object>()

/** Whether Node has said that the connection which ended with this error has carried no request. */
export const has = (error: object): boolean => errors.has(error)

const property = (of: unknown, name: string): unknown =>
  typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined

const add = (message: unknown): void => {
  const error = property(message, "error")
  if (typeof error === "object" && error !== null) errors.add(error)
}

/** The protocol that TLS negotiated is `null` until the handshake is over, and nothing is written before that. */
const isShakingHands = (request: Pick<ClientRequest, "socket"> | undefined): boolean =>
  property(request?.socket, "alpnProtocol") === null

/** What undici, and with it Node's `fetch`, tells of a connection that could not be made: its requests are still to be written. */
const ofUndici = "undici:client:connectError"

/** What `node:http` tells of a request that failed, with its socket. */
const ofNode = "http.client.request.error"

/** For a transport that knows it of one request: an error of its own, with the code, as others may share the given one. */
export const unsent = (cause: unknown): Error => {
  const error = Object.assign(new Error("The request was not sent", { cause }), { code: property(cause, "code") })
  errors.add(error)
  return error
}

let listens = false

/** Begins to listen, once in a process; where there are no such channels (a browser), nothing is known. */
export const listen = (): void => {
  if (listens) return
  listens = true
  const channels = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel")
  channels?.subscribe?.(ofUndici, add)
  channels?.subscribe?.(ofNode, (message) => {
    if (isShakingHands(property(message, "request") as ClientRequest | undefined)) add(message) // as Node documents it
  })
}
