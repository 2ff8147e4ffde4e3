import { Agent } from "@effect/platform-node/Undici"

/**
 * Throws where undici is not undici: Bun gives an `Agent` without methods to whoever imports it, with which every request
 * would seem to have broken on its way.
 */
export const checkUndici = (): void => {
  if (typeof Agent.prototype.dispatch !== "function") {
    throw new Error(
      "NodeTransport and NodeNetwork need undici, and this runtime has something else by that name (Bun does): provide FetchTransport.layer of @effect-tiledb/client/FetchTransport instead",
    )
  }
}
