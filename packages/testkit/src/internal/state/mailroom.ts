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

const keysOf = ({ to }: Message): ReadonlySet<string> => new Set([to.username.toLowerCase(), to.email.toLowerCase()])

const matches = (filter: Filter, message: Message): boolean =>
  (filter.kind === undefined || filter.kind === message.kind) &&
  (filter.to === undefined || keysOf(message).has(filter.to.toLowerCase()))

/** The e-mails of a deployment, oldest first, indexed by recipient, and the waiters for one. */
export class Mailroom {
  readonly #messages = new Set<Message>()
  readonly #byRecipient = new Map<string, Array<Message>>()
  readonly #takers = new Set<Taker>()

  deliver(message: Message): void {
    const taker = Array.from(this.#takers).find(({ filter }) => matches(filter, message))
    if (taker === undefined) this.#add(message)
    else {
      this.#takers.delete(taker)
      taker.resume(message)
    }
  }

  find = (filter: Filter): ReadonlyArray<Message> => {
    const candidates =
      filter.to === undefined ? Array.from(this.#messages) : (this.#byRecipient.get(filter.to.toLowerCase()) ?? [])
    return filter.kind === undefined ? candidates : candidates.filter((message) => message.kind === filter.kind)
  }

  /** Passes the oldest matching message to `resume`, now or when it is delivered; returns how to cancel the wait. */
  take(filter: Filter, resume: (message: Message) => void): () => void {
    const [message] = this.find(filter)
    if (message !== undefined) {
      this.#remove(message)
      resume(message)
      return () => {}
    }
    const taker = { filter, resume }
    this.#takers.add(taker)
    return () => this.#takers.delete(taker)
  }

  clear(): void {
    this.#messages.clear()
    this.#byRecipient.clear()
  }

  get snapshot(): ReadonlyArray<Message> {
    return Array.from(this.#messages)
  }

  restore(messages: ReadonlyArray<Message>): void {
    this.clear()
    for (const message of messages) this.#add(message)
  }

  #add(message: Message): void {
    this.#messages.add(message)
    for (const key of keysOf(message)) {
      const box = this.#byRecipient.get(key) ?? []
      box.push(message)
      this.#byRecipient.set(key, box)
    }
  }

  #remove(message: Message): void {
    this.#messages.delete(message)
    for (const key of keysOf(message)) {
      const rest = (this.#byRecipient.get(key) ?? []).filter((other) => other !== message)
      if (rest.length > 0) this.#byRecipient.set(key, rest)
      else this.#byRecipient.delete(key)
    }
  }
}
