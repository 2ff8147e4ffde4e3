import { Socket } from "node:net"
import { buildConnector } from "@effect/platform-node/Undici"
import type { Exchange } from "./exchange.js"

/** The exchange that is being dispatched: undici opens a connection, if it needs one, during the dispatch. */
export const dispatching: { exchange: Exchange | undefined } = { exchange: undefined }

const givenUp = (): Error => new Error("The connection attempt was aborted")

/**
 * The connections that one dispatcher is opening. undici waits ten seconds for each, even if no request needs it any
 * more. Here a connection is opened for as long as its request waits for it, and aborted with the dispatcher.
 */
export class Connections {
  readonly #opening = new Set<Socket>()

  /** The dispatcher's connector, which connects as undici does. */
  connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const bounded = buildConnector(options)
    const unbounded = buildConnector({ ...options, timeout: 0 })
    return (to, callback) => {
      const { exchange } = dispatching
      const connect = exchange === undefined ? bounded : unbounded
      // undici's types do not expose the socket.
      const socket: unknown = connect(to, (...result) => {
        if (socket instanceof Socket) this.#opening.delete(socket)
        exchange?.connecting(undefined)
        callback(...result)
      })
      if (!(socket instanceof Socket)) return
      this.#opening.add(socket)
      exchange?.connecting(() => socket.destroy(givenUp()))
    }
  }

  /** Destroys this socket too if the dispatcher ends before it closes. */
  add(socket: Socket): void {
    this.#opening.add(socket)
    socket.once("close", () => this.#opening.delete(socket))
  }

  destroy(): void {
    for (const socket of this.#opening) socket.destroy(givenUp())
  }
}
