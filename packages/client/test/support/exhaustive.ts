const exhaustive = process.env.EXHAUSTIVE === "1"

/** What takes much of the processor: all of it with `EXHAUSTIVE=1`, as `.ci/nightly` has it, and by default a part. */
export const inFull = <All, Part>(all: All, part: Part): All | Part => (exhaustive ? all : part)
