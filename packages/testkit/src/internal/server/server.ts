import { randomBytes } from "node:crypto"
import { once } from "node:events"
import * as Http from "node:http"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { Backend } from "../deployment/backend.js"
import { exchange, type Reply } from "../wire/exchange.js"
import type { WireRequest, WireResponse } from "../wire/format.js"
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

const reply = (mounts: ReadonlyMap<string, Mounted>, incoming: Http.IncomingMessage): Effect.Effect<Reply> => {
  const { headers, method = "GET", url = "/" } = incoming
  const [, path = "", target = ""] = /^(\/ns\/[^/?#]+)?(.*)$/s.exec(url) ?? []
  const mounted = mounts.get(path)
  if (mounted === undefined) return respond(refusal("namespaceNotFound"))
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
  /** Serves a deployment below this path until the scope closes; returns the URL of its mailbox. */
  readonly mount: (path: string, backend: Backend) => Effect.Effect<string, "InUse", Scope.Scope>
}

/** The response where a handler has a defect, or a fault cannot be sent. */
const deliverDefect = (outgoing: Http.ServerResponse, defect: unknown): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.logError("A request to the test deployment met a defect", defect),
    outgoing.headersSent
      ? Effect.sync(() => outgoing.destroy())
      : deliver(outgoing, { _tag: "Response", response: refusal("defect") }),
  )

/** Listens on 127.0.0.1 until the scope closes. */
export const listen = Effect.fn(function* (options: ListenOptions) {
  const run = yield* FiberSet.makeRuntime<never>()
  const node = Http.createServer({ requireHostHeader: false })
  handleOddities(node)
  const origin = `http://127.0.0.1:${yield* bind(node, options.port)}`
  yield* Effect.addFinalizer(() => stop(node))
  const mounts = new Map<string, Mounted>()
  node.on("request", (incoming, outgoing) => {
    // The `Date` header has the deployment's time, or is left out.
    outgoing.sendDate = false
    const responded = Effect.suspend(() => {
      const refused = refuse(incoming, options)
      return refused === undefined ? reply(mounts, incoming) : respond(refused)
    }).pipe(
      Effect.flatMap((reply) => {
        if (!("response" in reply)) return deliver(outgoing, reply)
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
  const mount: Listening["mount"] = (path, backend) =>
    Effect.suspend(() => {
      if (mounts.has(path)) return Effect.fail("InUse")
      // Not derived from the seed: the seed must not reveal the path of the mailbox.
      const mailboxPath = `/mailbox/${randomBytes(16).toString("base64url")}`
      mounts.set(path, { backend, pages: Pages.make(origin + path, mailboxPath) })
      // The root stays to the end: a request on an open connection must not get the 404 of a namespace that is gone.
      const unmount = path === "" ? Effect.void : Effect.addFinalizer(() => Effect.sync(() => mounts.delete(path)))
      return Effect.as(unmount, origin + path + mailboxPath)
    })
  return { origin, mount }
})
