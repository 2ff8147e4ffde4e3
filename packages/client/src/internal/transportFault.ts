import type * as HttpClientError from "@effect/platform/HttpClientError"
import { type Failure, transport } from "./failure.js"

const neverConnected =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_[A-Z_]+|CERT_[A-Z_]+|[A-Z_]*SELF_SIGNED[A-Z_]*|UNABLE_TO_[A-Z_]+|HOSTNAME_MISMATCH|ERR_INVALID_URL)$/

interface SystemError {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

const isObject = (u: unknown): u is SystemError => typeof u === "object" && u !== null

/** The innermost error that has a system error code; fetch wraps it once, and connecting to several addresses twice. */
const systemError = (cause: unknown, depth = 0): SystemError | undefined => {
  if (!isObject(cause) || depth > 5) return undefined
  const inner = systemError(cause.cause, depth + 1)
  if (inner !== undefined) return inner
  if (typeof cause.code === "string") return cause
  return Array.isArray(cause.errors) ? systemError(cause.errors[0], depth + 1) : undefined
}

/**
 * Maps a platform error to ours, keeping of it only a system error code: the platform's holds the request, with its
 * headers and body, and its cause may quote them.
 */
export const fromRequestError = (error: HttpClientError.RequestError): Failure => {
  if (error.reason !== "Transport") return transport("ConnectionFailed", false)
  const system = systemError(error.cause)
  const code = typeof system?.code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(system.code) ? system.code : undefined
  const failedToConnect = code !== undefined && (neverConnected.test(code) || system?.syscall === "connect")
  return failedToConnect
    ? transport("ConnectionFailed", false, { detail: code })
    : transport("ConnectionLost", true, { detail: code })
}
