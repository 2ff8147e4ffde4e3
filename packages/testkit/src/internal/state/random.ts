import * as Hash from "effect/Hash"
import * as Record from "effect/Record"
import * as Utils from "effect/Utils"

// Number.prototype.toString(32) writes exactly the digits 0-9a-v that ids are made of, and 50 bits are ten of them.
const tenDigits = (source: Utils.PCGRandom) =>
  Math.floor(source.number() * 2 ** 50)
    .toString(32)
    .padStart(10, "0")

const twentyDigits = (source: Utils.PCGRandom) => tenDigits(source) + tenDigits(source)

/**
 * The random generators of one deployment. Ids, secrets and request ids come from separate streams, so that a failed
 * call, or another credential, does not change the ids of later users.
 */
export class Random {
  readonly #streams: Readonly<Record<"ids" | "secrets" | "requests", Utils.PCGRandom>>

  constructor(seed: string | number) {
    const start = Hash.string(String(seed))
    this.#streams = {
      ids: new Utils.PCGRandom(start, 1, 1, 1),
      secrets: new Utils.PCGRandom(start, 2, 2, 3),
      requests: new Utils.PCGRandom(start, 3, 3, 5),
    }
    const bearers = new Utils.PCGRandom(start, 5, 5, 11)
    this.ownerBearer = `bearer_${twentyDigits(bearers)}${twentyDigits(bearers)}`
  }

  id = (prefix: string): string => `${prefix}_${twentyDigits(this.#streams.ids)}`

  secret = (prefix: string): string =>
    `${prefix}_${twentyDigits(this.#streams.secrets)}${twentyDigits(this.#streams.secrets)}`

  /** The first owner's bearer token, from a separate stream: it was added later and must not change other values. */
  readonly ownerBearer: string

  requestId = (): string => `req_${twentyDigits(this.#streams.requests)}`

  get state() {
    return Record.map(this.#streams, (stream) => stream.getState())
  }

  set state(state) {
    for (const [name, stream] of Record.toEntries(this.#streams)) stream.setState(state[name])
  }
}
