// The ways to send that a client may have: the platform's own clients, and those of this package.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchTransport from "@effect-tiledb/client/FetchTransport"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import type * as Layer from "effect/Layer"

export const transports: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  fetch: FetchHttpClient.layer,
  "node:http": NodeHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  NodeTransport: NodeTransport.layer,
  FetchTransport: FetchTransport.layer,
}
