import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Transport } from "../attempt/send.js"
import type { Texts } from "../failure/line.js"
import { BoundedResponse } from "../http/boundedResponse.js"
import * as Dispatch from "../http/fetch/dispatch.js"
import { quietMark } from "../http/quiet.js"
import * as Assemble from "./assemble.js"
import type { Options, Service } from "./options.js"

/** The transport that the package's own calls need: bodies in bytes, and responses that are read whole. */
const lean = (options: Dispatch.Options): Transport => {
  const dispatch = Dispatch.make(options, (request, exchange) => new BoundedResponse(request, exchange))
  const execute = (request: HttpClientRequest) =>
    dispatch(request, request.body._tag === "Uint8Array" ? request.body.body : undefined)
  return { client: Object.assign({ execute }, { [quietMark]: true }), readForeign: () => Effect.fail("ConnectionLost") }
}

/** Builds a client over fetch. */
export const make = (options: Options & Dispatch.Options, texts: Texts): Effect.Effect<Service, ConfigError, Scope> =>
  Effect.suspend(() => Assemble.make(options, texts, lean(options)))
