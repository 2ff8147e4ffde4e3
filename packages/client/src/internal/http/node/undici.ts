import { Agent } from "@effect/platform-node/Undici"

/**
 * Throws if undici is not the real one: Bun provides an `Agent` without methods, with which every request would seem to
 * have lost its connection.
 */
export const checkUndici = (): void => {
  if (typeof Agent.prototype.dispatch !== "function") {
    throw new Error(
      "NodeTransport and NodeNetwork need undici, and this runtime has something else by that name (Bun does): provide FetchTransport.layer of @effect-tiledb/client/FetchTransport instead",
    )
  }
}
