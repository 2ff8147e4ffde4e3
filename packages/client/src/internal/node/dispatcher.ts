import { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { Agent, Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Connections } from "./connections.js"
import { checkUndici } from "./undici.js"

/** What of TLS is not the default; key and certificates are inside the context, where nothing prints them. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  readonly secureContext?: SecureContext
}

/** Nothing has been sent when it comes: `syscall` says so, as it does for a connection that was refused. */
const notConnected = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, syscall: "connect" })

/** undici makes the connections of a proxy with a function of its own, and direct ones with ours. */
const poolOf =
  (direct: unknown) =>
  (origin: string | URL, options: Pool.Options): Dispatcher => {
    if (options.connect !== direct && new URL(origin).protocol === "http:") {
      throw notConnected(
        "PLAIN_HTTP_PROXY",
        "A proxy would read what goes to an http:// address: use https://, or NO_PROXY",
      )
    }
    return new Pool(origin, options)
  }

/** The connection to a proxy. One that makes no tunnel has let nothing through. */
const proxyPool =
  (connections: Connections) =>
  (url: URL, options: object): Pool => {
    const pool = new Pool(url.origin, options)
    const connect = pool.connect.bind(pool)
    return Object.assign(pool, {
      connect: async (parameters: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
        const answer = await connect(parameters)
        if (answer.statusCode !== 200) {
          answer.socket.on("error", () => {}).destroy()
          throw notConnected(`PROXY_${answer.statusCode}`, "The proxy makes no tunnel")
        }
        if (answer.socket instanceof Socket) connections.add(answer.socket)
        return answer
      },
    })
  }

/** A dispatcher that can be printed: what undici's own shows has the password of a proxy in it. */
class Network extends Dispatcher {
  readonly #agent: Agent | EnvHttpProxyAgent
  readonly #connections: Connections

  constructor(agent: Agent | EnvHttpProxyAgent, connections: Connections) {
    super()
    this.#agent = agent
    this.#connections = connections
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#agent.dispatch(options, handler)
  }

  override close(): Promise<void> {
    return this.#agent.close()
  }

  override destroy(): Promise<void> {
    const destroyed = this.#agent.destroy()
    this.#connections.destroy()
    return destroyed
  }
}

/** Throws, quoting it, for the URL of a proxy that is none. */
export const makeDispatcher = (tls: TlsOptions, proxies: boolean): Network => {
  const { rejectUnauthorized, ...context } = tls
  const connections = new Connections()
  const connect = connections.connector({ ...tls })
  if (!proxies) return new Network(new Agent({ connect }), connections)
  const agent = new EnvHttpProxyAgent({
    connect,
    factory: poolOf(connect),
    requestTls: { ...tls },
    // The service's CA is often the company's, and so is the proxy's; but whom we trust blindly is the service.
    proxyTls: { ...context },
    clientFactory: proxyPool(connections),
  })
  return new Network(agent, connections)
}

/** An undici `Agent` whose sockets are closed with the scope, those of connections under way included. */
export const makeAgent: Effect.Effect<Dispatcher, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    checkUndici()
    const connections = new Connections()
    return new Network(new Agent({ connect: connections.connector({}) }), connections)
  }),
  (agent) => Effect.promise(() => agent.destroy()),
)
