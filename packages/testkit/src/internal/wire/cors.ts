import type { WireResponse } from "./wire.js"

/**
 * The response with what lets pages of these origins read it. By default no page of another origin may: whoever opens
 * one would hand their deployment to it.
 */
export const withCors = (
  response: WireResponse,
  origins: ReadonlyArray<string>,
  {
    method,
    origin,
    privateNetwork,
  }: { readonly method: string; readonly origin: string | undefined; readonly privateNetwork: boolean },
): WireResponse => {
  if (origins.length === 0) return response
  const headers = { vary: "Origin", ...response.headers }
  if (origin === undefined || !origins.includes(origin)) return { ...response, headers }
  const preflight =
    method === "OPTIONS"
      ? {
          "access-control-allow-methods": "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
          "access-control-allow-headers": "X-TILEDB-REST-API-KEY, Authorization, Content-Type, Accept, User-Agent",
          "access-control-max-age": "600",
          ...(privateNetwork ? { "access-control-allow-private-network": "true" } : {}),
        }
      : { "access-control-expose-headers": "Allow, Location, Retry-After" }
  return { ...response, headers: { "access-control-allow-origin": origin, ...preflight, ...headers } }
}
