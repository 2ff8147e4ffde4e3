#!/usr/bin/env node
// The deployment as a program. The signals are awaited before the rest is loaded, which takes longer than anything else:
// without a handler the first process of a container ignores them.
const stop = new AbortController()
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop.abort())

if (process.argv[2] === "doctor") {
  // Built into one file, with what it shares with the client.
  const doctor = import.meta.url.endsWith(".ts") ? "../../../bin/doctor/main.ts" : "../doctor.js"
  await import(new URL(doctor, import.meta.url).href)
  process.exit()
}
const { run } = await import("./run.js")
process.exit(await run(process.argv.slice(2), stop.signal))
