import { BlockList, isIP, Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { Agent, Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Connections } from "./connections.js"

/**
 * Throws if undici is not the real one: Bun provides an `Agent` without methods, with which every request would seem to
 * have lost its connection.
 */
export const checkUndici = (): void => {
  if (typeof Agent.prototype.dispatch !== "function") {
    throw new Error(
      "NodeTransport and NodeNetwork need undici, and this runtime has something else by that name (Bun does): provide FetchTransport.layer of @effect-tiledb/client/FetchTransport instead",
    )
  }
}

/** TLS settings that are not the default. Key and certificates are inside the context, where nothing prints them. */
export interface TlsOptions {
  readonly rejectUnauthorized?: boolean
  readonly secureContext?: SecureContext
}

/** An error from before anything was sent. `syscall` marks it, as for a refused connection. */
const notConnected = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, syscall: "connect" })

/** undici opens the connections of a proxy with its own function, and direct ones with ours. */
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

/** The connection to a proxy. If the proxy makes no tunnel, nothing was sent through it. */
const proxyPool =
  (connections: Connections) =>
  (url: URL, options: object): Pool => {
    const pool = new Pool(url.origin, options)
    const connect = pool.connect.bind(pool)
    return Object.assign(pool, {
      connect: async (parameters: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
        // With its own code for a closed socket undici would connect again and again, until the attempt times out.
        const answer = await connect(parameters).catch((error: NodeJS.ErrnoException) => {
          const code = error.code === "UND_ERR_SOCKET" ? "CLOSED" : error.code
          throw /^(?:CLOSED|E(?!RR_)|UND_ERR_CONNECT)/.test(code ?? "")
            ? notConnected(`PROXY_${code}`, "The proxy made no tunnel")
            : error
        })
        if (answer.statusCode !== 200) {
          answer.socket.on("error", () => {}).destroy()
          throw notConnected(`PROXY_${answer.statusCode}`, "The proxy refused a tunnel")
        }
        if (answer.socket instanceof Socket) connections.add(answer.socket)
        return answer
      },
    })
  }

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** The addresses and networks in `NO_PROXY`: undici does not know `10.0.0.0/8`, nor `::1` without brackets. */
const networksOf = (noProxy: string): BlockList => {
  const networks = new BlockList()
  for (const entry of noProxy.split(/[,\s]/)) {
    const [, address = "", prefix] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? []
    const longest = isIP(address) === 6 ? 128 : 32
    const length = Number(prefix ?? longest)
    if (isIP(address) !== 0 && length <= longest) networks.addSubnet(address, length, familyOf(address))
  }
  return networks
}

/** A dispatcher that is safe to print: the output of undici's own contains the password of a proxy. */
class Network extends Dispatcher {
  readonly #agent: Agent | EnvHttpProxyAgent
  readonly #direct: Agent
  readonly #connections: Connections

  constructor(connections: Connections, direct: Agent, agent: Agent | EnvHttpProxyAgent = direct) {
    super()
    this.#agent = agent
    this.#direct = direct
    this.#connections = connections
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return (this.#isPastProxies(options) ? this.#direct : this.#agent).dispatch(options, handler)
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#agent === this.#direct || this.#agent.close()])
  }

  override async destroy(): Promise<void> {
    const destroyed = [this.#direct.destroy(), this.#agent === this.#direct || this.#agent.destroy()]
    this.#connections.destroy()
    await Promise.all(destroyed)
  }

  #isPastProxies({ origin = "" }: Dispatcher.DispatchOptions): boolean {
    if (this.#agent === this.#direct) return true
    const noProxy = process.env.no_proxy ?? process.env.NO_PROXY
    const host = noProxy && new URL(origin).hostname.replace(/^\[|\]$/g, "")
    return host && isIP(host) !== 0 ? networksOf(noProxy).check(host, familyOf(host)) : false
  }
}

/** Throws an error that quotes the URL of a proxy if that is invalid. */
export const makeDispatcher = (tls: TlsOptions, proxies: boolean): Network => {
  const connections = new Connections()
  const connect = connections.connector({ ...tls })
  const direct = new Agent({ connect })
  if (!proxies) return new Network(connections, direct)
  const { rejectUnauthorized, ...context } = tls
  const agent = new EnvHttpProxyAgent({
    connect,
    factory: poolOf(connect),
    requestTls: { ...tls },
    // A company's CA often signs both the service and the proxy. `rejectUnauthorized` applies to the service only.
    proxyTls: { ...context },
    clientFactory: proxyPool(connections),
  })
  return new Network(connections, direct, agent)
}

/** An undici `Agent` that closes its sockets with the scope, including those that are still connecting. */
export const makeAgent: Effect.Effect<Dispatcher, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    checkUndici()
    return makeDispatcher({}, false)
  }),
  (agent) => Effect.promise(() => agent.destroy()),
)
