import type { SecureContext } from "node:tls"
import { Agent, Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"

/** What of TLS is not the default; key and certificates are inside the context, where nothing prints them. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  readonly secureContext?: SecureContext
}

/** Nothing has been sent when it comes: `syscall` says so, as it does for a connection that was refused. */
const notConnected = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, syscall: "connect" })

/** undici makes the connections of a proxy with a function of its own, and direct ones with our options. */
const poolOf = (origin: string | URL, options: Pool.Options): Dispatcher => {
  if (typeof options.connect === "function" && new URL(origin).protocol === "http:") {
    throw notConnected(
      "PLAIN_HTTP_PROXY",
      "A proxy would read what goes to an http:// address: use https://, or NO_PROXY",
    )
  }
  return new Pool(origin, options)
}

/** The connection to a proxy. One that makes no tunnel has let nothing through. */
const proxyPool = (url: URL, options: object): Pool => {
  const pool = new Pool(url.origin, options)
  const connect = pool.connect.bind(pool)
  return Object.assign(pool, {
    connect: async (parameters: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
      const answer = await connect(parameters)
      if (answer.statusCode === 200) return answer
      answer.socket.on("error", () => {}).destroy()
      throw notConnected(`PROXY_${answer.statusCode}`, "The proxy makes no tunnel")
    },
  })
}

/** A dispatcher that can be printed: what undici's own shows has the password of a proxy in it. */
class Network extends Dispatcher {
  readonly #agent: Agent | EnvHttpProxyAgent

  constructor(agent: Agent | EnvHttpProxyAgent) {
    super()
    this.#agent = agent
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#agent.dispatch(options, handler)
  }

  override close(): Promise<void> {
    return this.#agent.close()
  }

  override destroy(): Promise<void> {
    return this.#agent.destroy()
  }
}

/** Throws, quoting it, for the URL of a proxy that is none. */
export const makeDispatcher = (tls: TlsOptions, proxies: boolean): Network => {
  const { rejectUnauthorized, ...context } = tls
  const options = { connect: { ...tls }, factory: poolOf }
  return new Network(
    proxies
      ? new EnvHttpProxyAgent({
          ...options,
          requestTls: { ...tls },
          // The service's CA is often the company's, and so is the proxy's; but whom we trust blindly is the service.
          proxyTls: { ...context },
          clientFactory: proxyPool,
        })
      : new Agent(options),
  )
}
