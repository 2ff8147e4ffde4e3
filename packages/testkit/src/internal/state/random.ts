import * as Hash from "effect/Hash"
import * as Utils from "effect/Utils"

/** The state of each random stream of a deployment. */
export interface RandomState {
  readonly ids: Utils.PCGRandomState
  readonly secrets: Utils.PCGRandomState
  readonly requests: Utils.PCGRandomState
}

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
  readonly #ids: Utils.PCGRandom
  readonly #secrets: Utils.PCGRandom
  readonly #requests: Utils.PCGRandom

  constructor(seed: string | number) {
    const start = Hash.string(String(seed))
    this.#ids = new Utils.PCGRandom(start, 1, 1, 1)
    this.#secrets = new Utils.PCGRandom(start, 2, 2, 3)
    this.#requests = new Utils.PCGRandom(start, 3, 3, 5)
    const bearers = new Utils.PCGRandom(start, 5, 5, 11)
    this.ownerBearer = `bearer_${twentyDigits(bearers)}${twentyDigits(bearers)}`
  }

  id = (prefix: "usr" | "ws" | "img"): string => `${prefix}_${twentyDigits(this.#ids)}`

  secret = (prefix: "tiledb" | "bearer" | "scoped"): string =>
    `${prefix}_${twentyDigits(this.#secrets)}${twentyDigits(this.#secrets)}`

  /** The first owner's bearer token, from a separate stream: it was added later and must not change other values. */
  readonly ownerBearer: string

  requestId = (): string => `req_${twentyDigits(this.#requests)}`

  get state(): RandomState {
    return { ids: this.#ids.getState(), secrets: this.#secrets.getState(), requests: this.#requests.getState() }
  }

  set state(state: RandomState) {
    this.#ids.setState(state.ids)
    this.#secrets.setState(state.secrets)
    this.#requests.setState(state.requests)
  }
}
