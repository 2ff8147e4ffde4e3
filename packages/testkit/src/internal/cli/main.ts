#!/usr/bin/env node
// The deployment as a program. The signals are awaited before the rest is loaded, which takes longer than anything else:
// without a handler the first process of a container ignores them.
const stop = new AbortController()
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop.abort())

const { run } = await import("./run.js")
process.exit(await run(process.argv.slice(2), stop.signal))
