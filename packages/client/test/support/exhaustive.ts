const exhaustive = process.env.EXHAUSTIVE === "1"

/** What takes much of the processor: all of it with `EXHAUSTIVE=1`, as `.ci/nightly` has it, and by default a part. */
export const inFull = <All, Part>(all: All, part: Part): All | Part => (exhaustive ? all : part)

/** Stryker's counters take processor time: what is measured in milliseconds is not run with them. */
export const underStryker = process.env.MUTATION === "1"

/** How many seeds a property has: by default a fifth, and a fiftieth under Stryker, which runs it once for each change. */
export const runs = (all: number): number => (underStryker ? all / 50 : inFull(all, all / 5))

const shift = Number(process.env.FUZZ_SEED ?? 0)

/** The seed of a random test. `bash .ci/nightly fuzz` runs the same tests again and again, each time with another `FUZZ_SEED`. */
export const seedOf = (seed: number): number => seed + shift
