import { randomBytes } from "node:crypto"
import * as Http from "node:http"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { fail } from "../api/machine.js"
import type { Backend } from "../deployment/backend.js"
import { exchange, type Reply } from "../wire/exchange.js"
import { failureResponse, type WireResponse } from "../wire/format.js"
import { withCors } from "./cors.js"
import { authoritiesOf, isKnownHost, repeatsHeader } from "./guard.js"
import { deliver, handleOddities, readBody, stop } from "./listener.js"
import * as Pages from "./pages.js"

export interface ListenOptions {
  readonly port: number
  readonly cors: ReadonlyArray<string>
  readonly hosts: ReadonlyArray<string>
}

/** The response to a request that is not for this server, sent before its body is read. */
const refuse = (backend: Backend, incoming: Http.IncomingMessage, hosts: ReadonlyArray<string>) => {
  const authorities = authoritiesOf(incoming)
  if (repeatsHeader(incoming) || (incoming.headers.host === undefined && incoming.httpVersion === "1.1")) {
    return failureResponse(fail(backend.machine, "malformedHttp"))
  }
  return authorities.every((authority) => isKnownHost(authority, hosts))
    ? undefined
    : failureResponse(fail(backend.machine, "foreignHost"))
}

const respond = (response: WireResponse): Effect.Effect<Reply> => Effect.succeed({ _tag: "Response", response })

/** A deployment that is mounted at a path of the server. */
interface Mounted {
  readonly backend: Backend
  readonly pages: Pages.Pages
}

/** The deployment of a target, and the rest of the target there; `undefined` for an unknown namespace. */
const resolve = (
  root: Mounted,
  namespaces: ReadonlyMap<string, Mounted>,
  target: string,
): (Mounted & { readonly target: string }) | undefined => {
  const [, name, rest = ""] = /^\/ns\/([^/?#]+)(.*)$/s.exec(target) ?? []
  if (name === undefined) return { ...root, target }
  const mounted = namespaces.get(name)
  return mounted === undefined ? undefined : { ...mounted, target: rest }
}

const reply = (
  root: Mounted,
  namespaces: ReadonlyMap<string, Mounted>,
  incoming: Http.IncomingMessage,
  hosts: ReadonlyArray<string>,
): Effect.Effect<Reply> => {
  const { method = "GET", url = "/", headers } = incoming
  const resolved = resolve(root, namespaces, url)
  const refused = refuse(root.backend, incoming, hosts)
  if (refused !== undefined) return respond(refused)
  if (resolved === undefined) return respond(failureResponse(fail(root.backend.machine, "namespaceNotFound")))
  const { backend, pages, target } = resolved
  const page = Pages.answer(pages, backend.machine, method, target)
  return page !== undefined
    ? respond(page)
    : Effect.flatMap(readBody(incoming), (body) =>
        exchange(backend, {
          method,
          target,
          // Only Set-Cookie is a list, and requests do not have it.
          headers: headers as Readonly<Record<string, string | undefined>>,
          body,
        }),
      )
}

/** The reason why the server could not start. */
export interface ListenFailure {
  readonly port: number
  readonly cause: NodeJS.ErrnoException
}

const bind = (node: Http.Server, port: number): Effect.Effect<number, ListenFailure> =>
  Effect.async((resume) => {
    const fail = (cause: unknown) =>
      resume(Effect.fail({ port, cause: cause instanceof Error ? cause : new Error(String(cause)) }))
    node.once("error", fail)
    try {
      node.listen(port, "127.0.0.1", () => {
        const address = node.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
      })
    } catch (cause) {
      // `listen` throws for a number that is not a port.
      fail(cause)
    }
  })

/** A listening server. */
export interface Listening {
  readonly origin: string
  readonly mailboxPath: string
  /** Serves another deployment below `/ns/<name>` until the scope closes; `undefined` if the name is in use. */
  readonly mount: (
    name: string,
    backend: Backend,
  ) => Effect.Effect<{ readonly path: string; readonly mailboxPath: string } | undefined, never, Scope.Scope>
}

// Not derived from the seed: the seed must not reveal the path of the mailbox.
const newMailboxPath = (): string => `/mailbox/${randomBytes(16).toString("base64url")}`

/** Listens on 127.0.0.1 until the scope closes, and returns the addresses. */
export const listen = (
  backend: Backend,
  { cors, hosts, port }: ListenOptions,
): Effect.Effect<Listening, ListenFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never>()
    const node = Http.createServer({ requireHostHeader: false })
    handleOddities(node, backend.machine.state.random.requestId)
    const origin = `http://127.0.0.1:${yield* bind(node, port)}`
    yield* Effect.addFinalizer(() => stop(node))
    const mailboxPath = newMailboxPath()
    const root: Mounted = { backend, pages: Pages.make(origin, mailboxPath) }
    const namespaces = new Map<string, Mounted>()
    node.on("request", (incoming, outgoing) => {
      // The `Date` header has the deployment's time, or is left out.
      outgoing.sendDate = false
      const asker = {
        method: incoming.method ?? "GET",
        origin: incoming.headers.origin,
        privateNetwork: incoming.headers["access-control-request-private-network"] === "true",
      }
      const fiber = run(
        Effect.flatMap(reply(root, namespaces, incoming, hosts), (reply) => {
          if (!("response" in reply)) return deliver(outgoing, reply)
          // The rest of a body that is too large must not be parsed as the next request.
          if (reply.response.status === 413) outgoing.shouldKeepAlive = false
          return deliver(outgoing, { ...reply, response: withCors(reply.response, cors, asker) })
        }),
      )
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) fiber.unsafeInterruptAsFork(fiber.id())
      })
    })
    const mount: Listening["mount"] = (name, backend) =>
      Effect.suspend(() => {
        if (namespaces.has(name)) return Effect.succeed(undefined)
        const path = `/ns/${name}`
        const mailboxPath = newMailboxPath()
        namespaces.set(name, { backend, pages: Pages.make(origin + path, mailboxPath) })
        return Effect.as(
          Effect.addFinalizer(() => Effect.sync(() => namespaces.delete(name))),
          { path, mailboxPath: path + mailboxPath },
        )
      })
    return { origin, mailboxPath, mount }
  })
