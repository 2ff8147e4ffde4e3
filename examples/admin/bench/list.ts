/**
 * How many members a second `list` reads, which reads them twice, against the bare stream, which reads them once; and
 * whether its memory is bounded. Start-up of both is counted.
 *
 * pnpm --dir examples/admin bench:list [members, default 100000] [--check]
 */
import { readFileSync } from "node:fs"
import { check, pause, type Started, start } from "./world.js"

const [members = 100_000] = process.argv
  .slice(2)
  .filter((arg) => !arg.startsWith("-"))
  .map(Number)

/** How long a process takes, and the most memory that it has had, in MiB. */
const measured = async ({ child, ended }: Started) => {
  const began = performance.now()
  let memory = 0
  while (child.exitCode === null && child.signalCode === null) {
    const status = child.pid === undefined ? "" : readFileSync(`/proc/${child.pid}/status`, "utf8")
    const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(status) ?? []
    memory = Math.max(memory, Number(kilobytes) / 1024)
    await pause(20)
  }
  await ended
  return { memory, seconds: (performance.now() - began) / 1000 }
}

const of = async (count: number) => {
  const world = await start(0, count)
  const list = await measured(world.admin("list", "-o", "people.csv"))
  const bare = await measured(world.stream())
  world.stop()
  const rate = (seconds: number) => Math.round(count / seconds)
  console.log(`${count} members: list ${rate(list.seconds)}/s, ${list.memory.toFixed(0)} MiB at most`)
  console.log(`${count} members: stream ${rate(bare.seconds)}/s, ${bare.memory.toFixed(0)} MiB at most`)
  return { list, bare }
}

const few = await of(members / 10)
const many = await of(members)
const ratio = many.bare.seconds / many.list.seconds
console.log(`list reads twice: ${ratio.toFixed(2)} of the bare stream's rate`)
check("list ≥ 0.25 of the bare stream", ratio >= 0.25)
check(
  "memory ≤ that of a tenth + 1.5 KiB for each member",
  many.list.memory - few.list.memory <= (members * 1.5) / 1024,
)
