import { randomBytes } from "node:crypto"
import { once } from "node:events"
import * as Http from "node:http"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { fail } from "../api/machine.js"
import type { Backend } from "../deployment/backend.js"
import { exchange, type Reply } from "../wire/exchange.js"
import { failureResponse, type WireRequest, type WireResponse } from "../wire/format.js"
import { withCors } from "./cors.js"
import { authoritiesOf, isFromForeignPage, isKnownHost, repeatsHeader } from "./guard.js"
import { type ListenError, toListenError } from "./listenError.js"
import { deliver, handleOddities, readBody, refusal, stop } from "./listener.js"
import * as Pages from "./pages.js"

export interface ListenOptions {
  readonly port: number
  readonly cors: ReadonlyArray<string>
  readonly hosts: ReadonlyArray<string>
}

/** The response to a request that is not for this server, sent before its body is read; it leaves no trace in the deployment. */
const refuse = (incoming: Http.IncomingMessage, { cors, hosts }: ListenOptions): WireResponse | undefined => {
  if (repeatsHeader(incoming) || (incoming.headers.host === undefined && incoming.httpVersion === "1.1")) {
    return refusal("malformedHttp")
  }
  if (!authoritiesOf(incoming).every((authority) => isKnownHost(authority, hosts))) return refusal("foreignHost")
  return isFromForeignPage(incoming, cors) ? refusal("foreignOrigin") : undefined
}

const respond = (response: WireResponse): Effect.Effect<Reply> => Effect.succeed({ _tag: "Response", response })

/** A deployment that is mounted at a path of the server. */
interface Mounted {
  readonly backend: Backend
  readonly pages: Pages.Pages
}

const reply = (
  root: Mounted,
  namespaces: ReadonlyMap<string, Mounted>,
  incoming: Http.IncomingMessage,
): Effect.Effect<Reply> => {
  const { headers, method = "GET", url = "/" } = incoming
  const [, name, target = ""] = /^\/ns\/([^/?#]+)(.*)$/s.exec(url) ?? [url, undefined, url]
  const mounted = name === undefined ? root : namespaces.get(name)
  if (mounted === undefined) return respond(failureResponse(fail(root.backend.machine, "namespaceNotFound")))
  const { backend, pages } = mounted
  const page = Pages.answer(pages, backend.machine, method, target)
  if (page !== undefined) return respond(page)
  // Only Set-Cookie is a list, and requests do not have it.
  const single = headers as WireRequest["headers"]
  return backend.inFlight.during(
    Effect.flatMap(readBody(incoming), (body) => exchange(backend, { method, target, headers: single, body })),
  )
}

const bind = (node: Http.Server, port: number): Effect.Effect<number, ListenError> =>
  Effect.tryPromise({
    try: async () => {
      await once(node.listen(port, "127.0.0.1"), "listening")
      const address = node.address()
      return typeof address === "object" && address !== null ? address.port : port
    },
    catch: (cause) => toListenError(port, cause),
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

/** The response where a handler has a defect, or a fault cannot be sent. */
const deliverDefect = (outgoing: Http.ServerResponse, defect: unknown): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.logError("A request to the test deployment met a defect", defect),
    outgoing.headersSent
      ? Effect.sync(() => outgoing.destroy())
      : deliver(outgoing, { _tag: "Response", response: refusal("defect") }),
  )

/** Listens on 127.0.0.1 until the scope closes, and returns the addresses. */
export const listen = Effect.fn(function* (backend: Backend, options: ListenOptions) {
  const run = yield* FiberSet.makeRuntime<never>()
  const node = Http.createServer({ requireHostHeader: false })
  handleOddities(node)
  const origin = `http://127.0.0.1:${yield* bind(node, options.port)}`
  yield* Effect.addFinalizer(() => stop(node))
  const mailboxPath = newMailboxPath()
  const root: Mounted = { backend, pages: Pages.make(origin, mailboxPath) }
  const namespaces = new Map<string, Mounted>()
  node.on("request", (incoming, outgoing) => {
    // The `Date` header has the deployment's time, or is left out.
    outgoing.sendDate = false
    const responded = Effect.suspend(() => {
      const refused = refuse(incoming, options)
      return refused === undefined ? reply(root, namespaces, incoming) : respond(refused)
    }).pipe(
      Effect.flatMap((reply) => {
        if (reply._tag !== "Response") return deliver(outgoing, reply)
        // The rest of a body that is too large must not be parsed as the next request.
        if (reply.response.status === 413) outgoing.shouldKeepAlive = false
        return deliver(outgoing, { ...reply, response: withCors(reply.response, options.cors, incoming) })
      }),
      Effect.catchAllDefect((defect) => deliverDefect(outgoing, defect)),
    )
    const fiber = run(responded)
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
      const unmount = Effect.addFinalizer(() => Effect.sync(() => namespaces.delete(name)))
      return Effect.as(unmount, { path, mailboxPath: path + mailboxPath })
    })
  return { origin, mailboxPath, mount }
})
