import * as OpenApi from "@effect-tiledb/schema/OpenApi"
import * as Redacted from "effect/Redacted"
import { fail, type Machine } from "../api/machine.js"
import { basePath, failureResponse, options, type WireResponse, withoutBody } from "../wire/format.js"

/** The pages of a server besides the API, all read with GET. */
export interface Pages {
  readonly [path: string]: (machine: Machine, query: URLSearchParams) => WireResponse
}

/** The newest token for a recipient, as text. */
const mailbox: Pages[string] = (machine, query) => {
  const { kind, to } = Object.fromEntries(query)
  const message = machine.mailroom.find({ to, kind }).at(-1)
  if (message === undefined) return failureResponse(fail(machine, "noMail"))
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }
  return { status: 200, headers, body: Redacted.value(message.token) }
}

/** The pages of a server at this origin; the mailbox is at the given path. */
export const make = (origin: string, mailboxPath: string): Pages => ({
  [mailboxPath]: mailbox,
  "/openapi.json": () => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(OpenApi.make({ serverUrl: origin + basePath })),
  }),
})

const allow = "GET, HEAD, OPTIONS"

/** The response of the page at a target, if there is one. */
export const answer = (pages: Pages, machine: Machine, method: string, target: string): WireResponse | undefined => {
  const [, path = "", query = ""] = /^([^?#]*)\??([^#]*)/.exec(target) ?? []
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page === undefined) return undefined
  if (method === "OPTIONS") return options(allow)
  if (method !== "GET" && method !== "HEAD") return failureResponse(fail(machine, "methodNotAllowed"), { allow })
  const response = page(machine, new URLSearchParams(query))
  return method === "HEAD" ? withoutBody(response) : response
}
