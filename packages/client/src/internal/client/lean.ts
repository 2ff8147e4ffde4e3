import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import type { Transport } from "../attempt/send.js"
import { BoundedResponse } from "../http/boundedResponse.js"
import * as Dispatch from "../http/fetch/dispatch.js"
import { quietMark } from "../http/quiet.js"

/** The transport that the package's own calls need: bodies in bytes, and responses that are read whole. */
export const lean = (options: Dispatch.Options): Transport => {
  const dispatch = Dispatch.make(options, (request, exchange) => new BoundedResponse(request, exchange))
  const execute = (request: HttpClientRequest) =>
    dispatch(request, request.body._tag === "Uint8Array" ? request.body.body : undefined)
  return { client: Object.assign({ execute }, { [quietMark]: true }), readForeign: () => Effect.fail("ConnectionLost") }
}
