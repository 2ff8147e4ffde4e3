import type { ScopedToken } from "@effect-tiledb/schema"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { Scope } from "./state.js"

/**
 * One e-mail that the deployment sent: its purpose, the recipient, the token in it, and the time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** The purpose of the e-mail. */
  readonly kind: "confirm_email" | "password_reset"
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
  readonly to?: string
  /** The purpose of the e-mail. Default: any. */
  readonly kind?: Message["kind"]
}

interface Letter {
  readonly kind: Scope
  readonly username: string
  readonly email: string
  readonly token: string
  readonly time: number
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
  #messages = new Set<Message>()
  #byRecipient = new Map<string, Array<Message>>()
  readonly #takers = new Set<Taker>()

  deliver(letter: Letter): void {
    const message: Message = {
      kind: letter.kind,
      to: { username: letter.username, email: letter.email },
      token: Redacted.make(letter.token),
      time: DateTime.unsafeMake(letter.time),
    }
    for (const taker of this.#takers) {
      if (matches(taker.filter, message)) {
        this.#takers.delete(taker)
        taker.resume(message)
        return
      }
    }
    this.#add(message)
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
    this.#messages = new Set()
    this.#byRecipient = new Map()
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
      const box = this.#byRecipient.get(key)
      if (box === undefined) this.#byRecipient.set(key, [message])
      else box.push(message)
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
