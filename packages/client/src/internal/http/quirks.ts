/** Responses that only some transports report, and what they mean. */
import type { Received } from "./body.js"

/** A redirect in a browser, which with `redirect: "manual"` reports status 0 and nothing else. */
export const isOpaqueRedirect = ({ headers, status }: Received): boolean =>
  status === 0 && Object.keys(headers).length === 0

/** A status that is not HTTP: `node:http` accepts it, every other transport rejects it. */
export const isInvalid = ({ status }: Received): boolean => status < 100

/**
 * A response that has no body to wait for, and whose connection must be closed. An unrequested `101` ends HTTP on its
 * connection: `node:http` removes the socket from its agent, and nothing else closes it.
 */
export const hasEndedHttp = (response: Received): boolean => response.status === 101 || isInvalid(response)
