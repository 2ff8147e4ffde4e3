import { BlockList, isIP, Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { Agent, Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Connections } from "./connections.js"
import { checkUndici } from "./undici.js"

/** TLS settings that are not the default. Key and certificates are inside the context, where nothing prints them. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
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

/** The family of an IP address, as `BlockList` names it, and how many bits it has. */
const familyOf = (address: string) => {
  const version = isIP(address)
  return version === 0 ? undefined : version === 4 ? (["ipv4", 32] as const) : (["ipv6", 128] as const)
}

/** The entries of NO_PROXY that undici ignores: IPv6 without brackets, and networks such as `10.0.0.0/8`. */
const bypassed = (): ((origin: string | URL | undefined) => boolean) => {
  const list = new BlockList()
  for (const entry of (process.env.no_proxy ?? process.env.NO_PROXY ?? "").split(/[,\s]/)) {
    const [network = "", prefix] = entry.split("/")
    const [family, all] = familyOf(network) ?? []
    if (family === undefined) continue
    const bits = Number.parseInt(prefix ?? `${all}`, 10)
    if (bits >= 0 && bits <= all) list.addSubnet(network, bits, family)
  }
  return (origin) => {
    const host = new URL(origin ?? "").hostname.replace(/^\[|\]$/g, "")
    const [family] = familyOf(host) ?? []
    return family !== undefined && list.check(host, family)
  }
}

/** A dispatcher that is safe to print: the output of undici's own contains the password of a proxy. */
class Network extends Dispatcher {
  readonly #direct: Agent
  readonly #proxied: EnvHttpProxyAgent | undefined
  readonly #connections: Connections
  readonly #bypasses = bypassed()

  constructor(connections: Connections, direct: Agent, proxied?: EnvHttpProxyAgent) {
    super()
    this.#direct = direct
    this.#proxied = proxied
    this.#connections = connections
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const agent = this.#proxied === undefined || this.#bypasses(options.origin) ? this.#direct : this.#proxied
    return agent.dispatch(options, handler)
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#proxied?.close()])
  }

  override async destroy(): Promise<void> {
    const destroyed = [this.#direct.destroy(), this.#proxied?.destroy()]
    this.#connections.destroy()
    await Promise.all(destroyed)
  }
}

/** Throws an error that quotes the URL of a proxy if that is invalid. */
export const makeDispatcher = (tls: TlsOptions, proxies: boolean): Network => {
  const { rejectUnauthorized, ...context } = tls
  const connections = new Connections()
  const connect = connections.connector({ ...tls })
  const direct = new Agent({ connect })
  if (!proxies) return new Network(connections, direct)
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
    const connections = new Connections()
    return new Network(connections, new Agent({ connect: connections.connector({}) }))
  }),
  (agent) => Effect.promise(() => agent.destroy()),
)
