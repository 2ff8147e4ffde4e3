import { Socket } from "node:net"
import { buildConnector } from "@effect/platform-node/Undici"
import type { Exchange } from "./exchange.js"

/** The exchange that is being dispatched: undici makes the connection it needs, if it needs one, meanwhile. */
export const dispatching: { exchange: Exchange | undefined } = { exchange: undefined }

const givenUp = (): Error => new Error("The connection was given up before it stood")

/**
 * The connections that one dispatcher is making. undici waits ten seconds for each of them, whether anybody still wants it or
 * not; here a connection is made for as long as its request waits for it, and given up with the dispatcher.
 */
export class Connections {
  readonly #underWay = new Set<Socket>()

  /** How the dispatcher connects: as undici does it. */
  connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const bounded = buildConnector(options)
    const unbounded = buildConnector({ ...options, timeout: 0 })
    return (to, callback) => {
      const { exchange } = dispatching
      const connect = exchange === undefined ? bounded : unbounded
      // undici's types keep the socket to themselves.
      const socket: unknown = connect(to, (...result) => {
        if (socket instanceof Socket) this.#underWay.delete(socket)
        exchange?.connecting(undefined)
        callback(...result)
      })
      if (!(socket instanceof Socket)) return
      this.#underWay.add(socket)
      exchange?.connecting(() => socket.destroy(givenUp()))
    }
  }

  /** Gives this socket up too, should the dispatcher end before it. */
  add(socket: Socket): void {
    this.#underWay.add(socket)
    socket.once("close", () => this.#underWay.delete(socket))
  }

  destroy(): void {
    for (const socket of this.#underWay) socket.destroy(givenUp())
  }
}
