import { type HttpClientError, isAboutBody, isUnsent } from "../http/clientError.js"
import * as Unconnected from "../http/unconnected.js"
import { isBrowser } from "../runtime/environment.js"
import { type Failure, transport } from "./failure.js"

/** Codes of a certificate that is refused, from Node's documentation: nothing is sent, and a retry gets the same. */
const refusedCertificate =
  /^(?:(?:ERR_TLS|CERT|CRL|ERROR_IN|UNABLE_TO)_[A-Z_]+|[A-Z_]*SELF_SIGNED[A-Z_]*|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/

/** Other codes that occur only while connecting. */
const neverConnected = /^(?:ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|UND_ERR_CONNECT_TIMEOUT|ERR_INVALID_URL)$/

/** Other codes that a retry would get again: a refused handshake, a port that `fetch` does not use. */
const settled = /^(?:EPROTO$|ERR_SSL_|BAD_PORT$)/

/** Whether a page got no response, most likely since the service does not allow its origin. */
export const isLikelyCors = (failure: Failure): boolean => failure._tag === "Transport" && failure.detail === "CORS"

/** Whether a retry would fail in the same way. */
export const isSettled = (failure: Failure): boolean =>
  failure._tag === "Transport" &&
  failure.reason === "ConnectionFailed" &&
  [refusedCertificate, settled].some((codes) => codes.test(failure.detail ?? ""))

type SystemError = { readonly [Field in "code" | "syscall" | "cause" | "errors" | "message"]?: unknown }

const isObject = (u: unknown): u is SystemError => typeof u === "object" && u !== null

/** The innermost error with a system error code; fetch wraps it once, and connecting to several addresses twice. */
const systemError = (cause: unknown, depth = 0): SystemError | undefined => {
  if (!isObject(cause) || depth > 5) return undefined
  const inner = systemError(cause.cause, depth + 1)
  if (inner !== undefined) return inner
  if (typeof cause.code === "string") return cause
  return Array.isArray(cause.errors) ? systemError(cause.errors[0], depth + 1) : undefined
}

/** Whether the error, or one that it wraps, is that of a connection that was never established. */
const isUnconnected = (cause: unknown, depth = 0): boolean =>
  isObject(cause) && depth <= 5 && (Unconnected.has(cause) || isUnconnected(cause.cause, depth + 1))

/** Node's `fetch` refuses some ports, as its standard requires, before it connects; its error has no code. */
const isBadPort = (cause: unknown): boolean =>
  cause instanceof TypeError && isObject(cause.cause) && cause.cause.message === "bad port"

/**
 * Maps a platform error to ours and keeps only a system error code: the platform's error contains the request, with its
 * headers and body, and its cause may quote them.
 */
export const fromClientError = (error: HttpClientError): Failure => {
  if (isAboutBody(error)) return transport("ConnectionLost", true)
  if (isUnsent(error)) return transport("ConnectionFailed", false)
  const { cause } = error
  if (isBadPort(cause)) return transport("ConnectionFailed", false, { detail: "BAD_PORT" })
  const system = systemError(cause)
  const code = typeof system?.code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(system.code) ? system.code : undefined
  const failedToConnect =
    isUnconnected(cause) ||
    (code !== undefined &&
      (refusedCertificate.test(code) || neverConnected.test(code) || system?.syscall === "connect"))
  if (failedToConnect) return transport("ConnectionFailed", false, { detail: code })
  // A browser does not tell a page why it gets no response.
  return transport("ConnectionLost", true, { detail: code ?? (isBrowser() ? "CORS" : undefined) })
}
