import type * as Utils from "effect/Utils"

/**
 * A latency in milliseconds: constant, uniform between two bounds, log-normal around a median, or one of two, where a
 * `share` of the calls is slow. Create it with `fixed`, `uniform`, `logNormal` and `slowTail`.
 *
 * @since 0.1.0
 * @category models
 */
export type Latency =
  | {
      readonly _tag: "Fixed"
      /** How long it takes, in milliseconds. */
      readonly millis: number
    }
  | {
      readonly _tag: "Uniform"
      /** The shortest time, in milliseconds. */
      readonly min: number
      /** The longest time, in milliseconds. */
      readonly max: number
    }
  | {
      readonly _tag: "LogNormal"
      /** Half of the calls take longer than this, in milliseconds. */
      readonly median: number
      /** The standard deviation of the logarithm: 0 is always the median. */
      readonly sigma: number
    }
  | {
      readonly _tag: "SlowTail"
      /** How long most calls take. */
      readonly usual: Latency
      /** How long the slow ones take. */
      readonly slow: Latency
      /** The fraction of slow calls, from 0 to 1. */
      readonly share: number
    }

/** Draws a latency, in whole milliseconds: `TestClock` accepts no fractions. */
export const draw = (latency: Latency, random: Utils.PCGRandom): number => Math.round(exactly(latency, random))

const exactly = (latency: Latency, random: Utils.PCGRandom): number => {
  switch (latency._tag) {
    case "Fixed":
      return latency.millis
    case "Uniform":
      return latency.min + (latency.max - latency.min) * random.number()
    case "LogNormal": {
      // Box-Muller: two uniform numbers make a normal one; the first must not be 0.
      const normal = Math.sqrt(-2 * Math.log(1 - random.number())) * Math.cos(2 * Math.PI * random.number())
      return latency.median * Math.exp(latency.sigma * normal)
    }
    case "SlowTail":
      return exactly(random.number() < latency.share ? latency.slow : latency.usual, random)
  }
}
