/**
 * Whether memory depends on the number of rows, and how soon a run of 200,000 rows goes on after it was killed.
 *
 * pnpm --dir examples/admin bench:scale [rows, default 200000] [--check]
 */
import { readFileSync } from "node:fs"
import { check, pause, start } from "./world.js"

const [rows = 200_000] = process.argv
  .slice(2)
  .filter((arg) => !arg.startsWith("-"))
  .map(Number)
const most = 110_000
const world = await start(0)

/** The most memory that a process has had so far, in MiB. */
const peak = (pid: number): number => {
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
  return Number(kilobytes) / 1024
}

/** Runs until so many users are there, or most of the time is over, and kills the tool; gives its peak of memory. */
const killedAt = async (file: string, share: number, count: number) => {
  const before = await world.size()
  const began = performance.now()
  const { child, ended } = world.admin("create", file, "--concurrency", "32")
  let memory = 0
  let done = 0
  while (done < count * share && performance.now() - began < most && child.exitCode === null) {
    memory = Math.max(memory, peak(child.pid ?? 0))
    done = (await world.size()) - before
    await pause(50)
  }
  child.kill("SIGKILL")
  await ended
  return { memory, done, seconds: (performance.now() - began) / 1000 }
}

const few = await killedAt(world.csv("few", 10_000), 0.98, 10_000)
const many = await killedAt(world.csv("many", rows), 0.9, rows)
console.log(`10,000 rows: ${few.memory.toFixed(0)} MiB at most, ${few.done} done in ${few.seconds.toFixed(0)} s`)
console.log(`${rows} rows: ${many.memory.toFixed(0)} MiB at most, ${many.done} done in ${many.seconds.toFixed(0)} s`)

const before = await world.size()
const began = performance.now()
const { child, ended } = world.admin("resume", "many.csv")
while ((await world.size()) === before && child.exitCode === null) await pause(5)
const resumed = (performance.now() - began) / 1000
console.log(`resume: the first new user after ${resumed.toFixed(1)} s`)
child.kill("SIGKILL")
await ended
world.stop()

check("memory with all rows ≤ 1.25 × that with 10,000", many.memory <= 1.25 * few.memory)
check("resume begins within 5 s", resumed <= 5)
