// Real servers that repeat what they are sent, and the client over each transport.
import type * as Http from "node:http"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { TileDBClient } from "@effect-tiledb/client"
import type * as ConfigError from "effect/ConfigError"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import { listening } from "./listening.js"
import { transports } from "./transports.js"

type Echo = (told: HttpClientRequest.HttpClientRequest) => string

export type Behaviour = (told: HttpClientRequest.HttpClientRequest, response: Http.ServerResponse) => void

/** What a server may do that repeats what it was sent. */
export const behaviours = (echo: Echo, echoHtml: Echo): Readonly<Record<string, Behaviour>> => ({
  "400 that repeats the request": (told, response) => response.writeHead(400).end(echo(told)),
  "502 in HTML that repeats the request": (told, response) => response.writeHead(502).end(echoHtml(told)),
  "a status line that repeats the request": (told, response) =>
    response.writeHead(500, String(told.headers["x-tiledb-rest-api-key"] ?? told.headers.authorization), {}).end(),
  "success that is not what it should be": (told, response) => response.writeHead(200).end(echo(told)),
  "more than the cap": (told, response) => response.writeHead(500).end(echo(told) + " ".repeat(2 * 1024 * 1024)),
  "a redirect elsewhere": (_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/v4" }).end(),
  "no answer": (_, response) => response.socket?.resetAndDestroy(),
  "half an answer": (told, response) => {
    response.writeHead(400, { "content-length": 1_000_000 })
    response.write(echo(told), () => response.socket?.resetAndDestroy())
  },
  "what is no HTTP": (told, response) => response.socket?.end(`${echo(told)}\r\n\r\n`),
  "a header that cannot be read": (told, response) =>
    response.socket?.end(`HTTP/1.1 400 Bad\r\nx-echo\0: ${told.headers["x-tiledb-rest-api-key"]}\r\n\r\n${echo(told)}`),
})

/** The address of a server that behaves so. */
export const server = (behave: Behaviour) =>
  listening((request, response, body) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    behave(
      HttpClientRequest.make("POST")(`http://127.0.0.1${request.url}`, {
        headers,
        body: body === "" ? HttpBody.empty : HttpBody.text(body, "application/json"),
      }),
      response,
    )
  })

export type Client = (options: TileDBClient.Options) => Layer.Layer<TileDBClient.TileDBClient, ConfigError.ConfigError>

const over = (transport: Layer.Layer<HttpClient.HttpClient>): Client => {
  return (options) => Layer.provide(TileDBClient.layer(options), transport)
}

/** The client over each transport. */
export const clients: Readonly<Record<string, Client>> = {
  ...Record.map(transports, over),
  layerFetch: TileDBClient.layerFetch,
}
