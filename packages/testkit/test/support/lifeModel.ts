// A tiny model of what the deployment should do, written the slow and obvious way: lists, and one rule after the other.
import * as FastCheck from "fast-check"

export const usernames = ["ada", "bob", "BOB", "cleo", ""]
export const emails = ["ada@example.com", "bob@example.com", "Bob@Example.com", "cleo@example.org", ""]
export const passwords = ["first", "second", ""]

/** The seeded owner or admin with an API key, nobody, or whoever a username and password belong to. */
export type Actor = "owner" | "admin" | "visitor" | { readonly username: number; readonly password: number }

export type Command =
  | {
      readonly do: "register"
      readonly who: Actor
      readonly username: number
      readonly email: number
      readonly password: number
    }
  | { readonly do: "confirm"; readonly mail: number }
  | { readonly do: "reset"; readonly mail: number; readonly password: number }
  | { readonly do: "ask"; readonly kind: "confirm_email" | "password_reset"; readonly name: string }
  | { readonly do: "change"; readonly who: Actor; readonly current: number; readonly next: number }
  | { readonly do: "self"; readonly who: Actor }
  | { readonly do: "read"; readonly who: Actor; readonly target: number }
  | {
      readonly do: "update"
      readonly who: Actor
      readonly target: number
      readonly name?: string
      readonly email?: number
    }
  | { readonly do: "remove"; readonly who: Actor; readonly target: number }
  | { readonly do: "wait"; readonly minutes: number }

const index = (length: number) => FastCheck.nat(length - 1)

const actor: FastCheck.Arbitrary<Actor> = FastCheck.oneof(
  { weight: 3, arbitrary: FastCheck.constantFrom<Actor>("owner", "admin", "visitor") },
  // Nobody can log in with an empty name or password: those are for requests.
  { weight: 4, arbitrary: FastCheck.record({ username: index(4), password: index(2) }) },
)

const literally = <const Text extends string>(text: Text): FastCheck.Arbitrary<Text> => FastCheck.constant(text)

/** Counts back from the newest. */
const recent = FastCheck.nat(3)

const command: FastCheck.Arbitrary<Command> = FastCheck.oneof(
  FastCheck.record({
    do: literally("register"),
    who: actor,
    username: index(5),
    email: index(5),
    password: index(3),
  }),
  FastCheck.record({ do: literally("confirm"), mail: recent }),
  FastCheck.record({ do: literally("reset"), mail: recent, password: index(3) }),
  FastCheck.record({
    do: literally("ask"),
    kind: FastCheck.constantFrom<Mail["kind"]>("confirm_email", "password_reset"),
    name: FastCheck.constantFrom(...usernames, ...emails, "nobody"),
  }),
  FastCheck.record({ do: literally("change"), who: actor, current: index(3), next: index(3) }),
  FastCheck.record({ do: literally("self"), who: actor }),
  FastCheck.record({ do: literally("read"), who: actor, target: recent }),
  FastCheck.record(
    {
      do: literally("update"),
      who: actor,
      target: recent,
      name: FastCheck.constantFrom("Countess", ""),
      email: index(5),
    },
    { requiredKeys: ["do", "who", "target"] },
  ),
  FastCheck.record({ do: literally("remove"), who: actor, target: recent }),
  FastCheck.record({ do: literally("wait"), minutes: FastCheck.constantFrom(1, 59, 60, 1439) }),
)

export const sequences = (count: number, length: number, seed: number): ReadonlyArray<ReadonlyArray<Command>> =>
  FastCheck.sample(FastCheck.array(command, { minLength: length, maxLength: length }), { seed, numRuns: count })

interface Person {
  readonly username: string
  readonly role: "owner" | "admin" | "member"
  email: string
  name: string
  password: string | undefined
  confirmed: boolean
  deleted: boolean
  changes: number
}

interface Mail {
  readonly kind: "confirm_email" | "password_reset"
  readonly person: Person
  readonly email: string
  readonly changes: number
  readonly sent: number
  used: boolean
}

const seeded = (username: "owner" | "admin"): Person => ({
  username,
  role: username,
  email: `${username}@example.com`,
  name: username,
  password: undefined,
  confirmed: true,
  deleted: false,
  changes: 0,
})

const alike = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** How a user is told in an outcome. */
export const tell = (username: string, email: string, name: string, confirmed: boolean) =>
  `${username} <${email}>${confirmed ? "" : " (unconfirmed)"} “${name}”`

const told = (person: Person) => `ok ${tell(person.username, person.email, person.name, person.confirmed)}`

const refused = (status: number, fields: ReadonlyArray<string>) => `${status} ${fields.toSorted().join(" ")}`

export class Model {
  readonly people: Array<Person> = [seeded("owner"), seeded("admin")]
  readonly mails: Array<Mail> = []
  minutes = 0

  /** Does what the command says and gives the outcome in words. */
  run(command: Command): string {
    switch (command.do) {
      case "wait":
        this.minutes += command.minutes
        return "ok"
      case "register": {
        const { username, email, password } = this.#words(command)
        if (command.who !== "visitor" && this.#caller(command.who) === undefined) return "401"
        const empty = Object.entries({ username, email, password }).flatMap(([field, text]) =>
          text === "" ? [field] : [],
        )
        if (empty.length > 0) return refused(400, empty)
        const taken = [
          ...(this.#find((_) => alike(_.username, username)) === undefined ? [] : ["username"]),
          ...(this.#find((_) => alike(_.email, email)) === undefined ? [] : ["email"]),
        ]
        if (taken.length > 0) return refused(409, taken)
        const person: Person = {
          username,
          email,
          password,
          role: "member",
          name: username,
          confirmed: false,
          deleted: false,
          changes: 0,
        }
        this.people.push(person)
        this.#send("confirm_email", person)
        return told(person)
      }
      case "ask": {
        if (command.name === "") return refused(400, ["username_or_email"])
        const person =
          this.#find((_) => alike(_.username, command.name)) ?? this.#find((_) => alike(_.email, command.name))
        if (person !== undefined) this.#send(command.kind, person)
        return person === undefined && command.kind === "confirm_email" ? "404" : "ok"
      }
      case "confirm": {
        const mail = this.mails.at(-1 - command.mail)
        if (mail === undefined || !this.#works(mail, "confirm_email")) return "401"
        mail.used = true
        mail.person.confirmed = true
        return "ok"
      }
      case "reset": {
        const mail = this.mails.at(-1 - command.mail)
        const password = passwords[command.password] ?? ""
        if (mail === undefined || !this.#works(mail, "password_reset")) return "401"
        if (password === "") return refused(400, ["new_password"])
        mail.used = true
        this.#setPassword(mail.person, password)
        return "ok"
      }
      case "change": {
        const person = this.#caller(command.who)
        if (person === undefined) return "401"
        const wrong = [
          ...(person.password === passwords[command.current] ? [] : ["current_password"]),
          ...(passwords[command.next] === "" ? ["new_password"] : []),
        ]
        if (wrong.length > 0) return refused(400, wrong)
        this.#setPassword(person, passwords[command.next] ?? "")
        return "ok"
      }
      case "self": {
        const person = this.#caller(command.who)
        return person === undefined ? "401" : told(person)
      }
      default: {
        const caller = this.#caller(command.who)
        if (caller === undefined) return "401"
        const target = this.people.at(-1 - command.target)
        if (target === undefined || target.deleted) return "NotFound"
        if (command.do === "read") return told(target)
        const may = caller === target || caller.role === "owner" || (caller.role === "admin" && target.role !== "owner")
        if (!may) return "403"
        if (command.do === "remove") target.deleted = true
        return command.do === "remove" ? "ok" : this.#update(target, command)
      }
    }
  }

  #update(target: Person, command: Command & { readonly do: "update" }): string {
    const email = command.email === undefined ? undefined : emails[command.email]
    if (email === "") return refused(400, ["email"])
    const other = email === undefined ? undefined : this.#find((_) => _ !== target && alike(_.email, email))
    if (other !== undefined) return refused(409, ["email"])
    if (command.name !== undefined) target.name = command.name
    if (email !== undefined && email !== target.email) {
      target.email = email
      target.confirmed = false
      this.#send("confirm_email", target)
    }
    return "ok"
  }

  #caller(who: Actor): Person | undefined {
    if (who === "visitor") return undefined
    if (who === "owner" || who === "admin") return this.#find((_) => _.role === who)
    return this.#find((_) => alike(_.username, usernames[who.username] ?? "") && _.password === passwords[who.password])
  }

  #find(is: (person: Person) => boolean): Person | undefined {
    return this.people.find((person) => !person.deleted && is(person))
  }

  #send(kind: Mail["kind"], person: Person): void {
    const { email, changes } = person
    this.mails.push({ kind, person, email, changes, sent: this.minutes, used: false })
  }

  #works({ kind, person, email, changes, sent, used }: Mail, wanted: Mail["kind"]): boolean {
    return (
      !used &&
      !person.deleted &&
      kind === wanted &&
      this.minutes < sent + (kind === "confirm_email" ? 24 * 60 : 60) &&
      (kind === "confirm_email" ? person.email === email : person.changes === changes)
    )
  }

  #setPassword(person: Person, password: string): void {
    person.password = password
    person.changes++
  }

  #words = (command: Command & { readonly do: "register" }) => ({
    username: usernames[command.username] ?? "",
    email: emails[command.email] ?? "",
    password: passwords[command.password] ?? "",
  })
}

const name = (who: Actor) =>
  typeof who === "string" ? `the ${who}` : `${usernames[who.username]} with “${passwords[who.password]}”`

const back = (what: string, steps: number) =>
  steps === 0 ? `the newest ${what}` : `the ${what} ${steps} before the newest`

/** A command as a sentence. */
export const sentence = (command: Command): string => {
  switch (command.do) {
    case "register":
      return `${name(command.who)} registers “${usernames[command.username]}” <${emails[command.email]}> with “${passwords[command.password]}”`
    case "confirm":
      return `somebody confirms with ${back("e-mail", command.mail)}`
    case "reset":
      return `somebody sets the password “${passwords[command.password]}” with ${back("e-mail", command.mail)}`
    case "ask":
      return `somebody asks for ${command.kind} to “${command.name}”`
    case "change":
      return `${name(command.who)} changes the password from “${passwords[command.current]}” to “${passwords[command.next]}”`
    case "self":
      return `${name(command.who)} reads who that is`
    case "read":
      return `${name(command.who)} reads ${back("user", command.target)}`
    case "update": {
      const parts = [
        ...(command.name === undefined ? [] : [`the name “${command.name}”`]),
        ...(command.email === undefined ? [] : [`the address “${emails[command.email]}”`]),
      ]
      return `${name(command.who)} gives ${back("user", command.target)} ${parts.join(" and ") || "nothing new"}`
    }
    case "remove":
      return `${name(command.who)} deletes ${back("user", command.target)}`
    case "wait":
      return `${command.minutes} minutes pass`
  }
}
