import type { ScopedToken } from "@effect-tiledb/schema"
import type * as DateTime from "effect/DateTime"

/**
 * One e-mail that the deployment sent: its purpose, the recipient, the token in it, and the time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** The purpose of the e-mail: one of Users', or one of another group. */
  readonly kind: "confirm_email" | "password_reset" | (string & {})
  /** The recipient. */
  readonly to: {
    /** The recipient's username when it was sent. */
    readonly username: string
    /** The address that it was sent to. */
    readonly email: string
  }
  /** The scoped token in the e-mail, for `confirmEmail` or `resetPassword`. */
  readonly token: ScopedToken
  /** The deployment's time when it was sent. */
  readonly time: DateTime.Utc
}

/**
 * Selects e-mails by recipient (username or address, in any case) and by kind. Default: all of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  /** The recipient's username or address, in any case. Default: any recipient. */
  readonly to?: string | undefined
  /** The purpose of the e-mail. Default: any. */
  readonly kind?: Message["kind"] | undefined
}

interface Taker {
  readonly filter: Filter
  readonly resume: (message: Message) => void
}

/** The names of the boxes that a message is in: that of all messages, the recipient's username, and the address. */
const boxesOf = ({ to }: Message) => [undefined, to.username.toLowerCase(), to.email.toLowerCase()]

const boxFor = ({ to }: Filter): string | undefined => to?.toLowerCase()

const isOfKind = ({ kind }: Filter, message: Message): boolean => kind === undefined || kind === message.kind

/** The e-mails of a deployment, oldest first, in a box for each recipient, and the waiters for one. */
export class Mailroom {
  readonly #boxes = new Map<string | undefined, Set<Message>>()
  readonly #takers = new Set<Taker>()

  deliver(message: Message): void {
    const wants = ({ filter }: Taker) => isOfKind(filter, message) && boxesOf(message).includes(boxFor(filter))
    const taker = Array.from(this.#takers).find(wants)
    if (taker === undefined) this.#add(message)
    else {
      this.#takers.delete(taker)
      taker.resume(message)
    }
  }

  find = (filter: Filter): ReadonlyArray<Message> =>
    Array.from(this.#boxes.get(boxFor(filter)) ?? []).filter((message) => isOfKind(filter, message))

  /** Passes the oldest matching message to `resume`, now or when it is delivered; returns how to cancel the wait. */
  take(filter: Filter, resume: (message: Message) => void): () => void {
    const taker = { filter, resume }
    const [message] = this.find(filter)
    if (message === undefined) this.#takers.add(taker)
    else {
      for (const box of boxesOf(message)) this.#boxes.get(box)?.delete(message)
      resume(message)
    }
    return () => this.#takers.delete(taker)
  }

  clear(): void {
    this.#boxes.clear()
  }

  restore(messages: ReadonlyArray<Message>): void {
    this.clear()
    for (const message of messages) this.#add(message)
  }

  #add(message: Message): void {
    for (const box of boxesOf(message)) this.#boxes.set(box, (this.#boxes.get(box) ?? new Set()).add(message))
  }
}
