import * as Redacted from "effect/Redacted"
import { fail, type Machine } from "../deployment/machine.js"
import type { Filter } from "../deployment/mailroom.js"
import { cors, failureResponse, preflight, type WireResponse, withoutBody } from "./wire.js"

export const path = "/mailbox"

const parse = (target: string): URL => new URL(target, "http://127.0.0.1")

export const isAt = (target: string): boolean => target.startsWith(path) && parse(target).pathname === path

const isKind = (text: string | null): text is NonNullable<Filter["kind"]> | null =>
  text === null || text === "confirm_email" || text === "password_reset"

const newest = (machine: Machine, query: URLSearchParams): WireResponse => {
  const to = query.get("to")
  const kind = query.get("kind")
  if (!isKind(kind)) {
    const wrong = { field: "kind", message: "must be confirm_email or password_reset" }
    return failureResponse(fail(machine, "invalidRequest", [wrong]))
  }
  const message = machine.mailroom.find({ ...(to === null ? {} : { to }), ...(kind === null ? {} : { kind }) }).at(-1)
  return message === undefined
    ? failureResponse(fail(machine, "noMail"))
    : {
        status: 200,
        headers: { ...cors, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
        body: Redacted.value(message.token),
      }
}

/** Answers with the newest token for a recipient, as text. */
export const answer = (machine: Machine, method: string, target: string): WireResponse => {
  switch (method) {
    case "GET":
      return newest(machine, parse(target).searchParams)
    case "HEAD":
      return withoutBody(newest(machine, parse(target).searchParams))
    case "OPTIONS":
      return preflight("GET, HEAD, OPTIONS")
    default:
      return failureResponse(fail(machine, "methodNotAllowed"), { allow: "GET, HEAD, OPTIONS" })
  }
}
