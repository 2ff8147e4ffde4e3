import type { WireResponse } from "../wire/format.js"

/**
 * Adds the CORS headers that let pages of these origins read the response. There are none by default: otherwise any
 * page that is open in the user's browser could use the deployment.
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
