/**
 * What the disk's share of a row costs, by the way it is written to the file: one statement for all rows of a commit (what
 * the journal does), a batch of statements, and a prepared statement inside a transaction. CPU and time per written row.
 *
 * pnpm --dir examples/admin bench:writes [rows, default 8000]
 */
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [rows = 8000] = process.argv.slice(2).map(Number)
const perCommit = 64
const rounds = 5

// The driver that @effect/sql-libsql brings along, and below it the one with prepared statements.
const driver = createRequire(createRequire(import.meta.url).resolve("@effect/sql-libsql"))
const { createClient } = driver("@libsql/client")
const Database = createRequire(driver.resolve("@libsql/client"))("libsql")

const folder = mkdtempSync(join(tmpdir(), "writes-"))
const table = `CREATE TABLE j (run TEXT, row_ INTEGER, line INTEGER, label TEXT, state TEXT, token TEXT, PRIMARY KEY (run, row_))`
const pragmas = ["PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"]
const conflict = `ON CONFLICT (run, row_) DO UPDATE SET state = excluded.state WHERE j.token = excluded.token RETURNING row_`
const one = `INSERT INTO j VALUES (?, ?, ?, ?, ?, ?) ${conflict}`
const all = `INSERT INTO j SELECT ?, value ->> 'row', value ->> 'line', value ->> 'label', value ->> 'state', value ->> 'token'
  FROM json_each(?) WHERE true ${conflict}`

interface Entry {
  readonly row: number
  readonly line: number
  readonly label: string
  readonly state: string
  readonly token: string
}

const values = ({ label, line, row, state, token }: Entry) => ["run", row, line, label, state, token]

type Write = (entries: ReadonlyArray<Entry>) => unknown

const ways: Readonly<Record<string, (path: string) => Promise<Write>>> = {
  "one statement": async (path) => {
    const client = createClient({ url: pathToFileURL(path).href })
    for (const sql of [...pragmas, table]) await client.execute(sql)
    return (entries) => client.execute({ sql: all, args: ["run", JSON.stringify(entries)] })
  },
  "a batch": async (path) => {
    const client = createClient({ url: pathToFileURL(path).href })
    for (const sql of [...pragmas, table]) await client.execute(sql)
    return (entries) =>
      client.batch(
        entries.map((entry) => ({ sql: one, args: values(entry) })),
        "write",
      )
  },
  prepared: async (path) => {
    const database = new Database(path)
    for (const sql of [...pragmas, table]) database.prepare(sql).all()
    const statement = database.prepare(one)
    return database.transaction((entries: ReadonlyArray<Entry>) => {
      for (const entry of entries) statement.all(...values(entry))
    })
  },
}

const median = (figures: ReadonlyArray<number>): number => figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0

const samples = new Map(Object.keys(ways).map((way) => [way, { cpu: [] as number[], time: [] as number[] }]))
for (let round = -1; round < rounds; round++) {
  for (const [way, make] of Object.entries(ways)) {
    const write = await make(join(folder, `${way}-${round}.sqlite`))
    const [cpu, time] = [process.cpuUsage(), performance.now()]
    for (const state of ["intent", "done"]) {
      for (let row = 0; row < rows; row += perCommit) {
        const entries = Array.from({ length: perCommit }, (_, at) => row + at).map((row) => ({
          row,
          line: row + 2,
          label: `user_${row}`,
          state,
          token: `token-${row % 7}`,
        }))
        await write(entries)
      }
    }
    const { system, user } = process.cpuUsage(cpu)
    if (round >= 0) {
      samples.get(way)?.cpu.push((system + user) / rows)
      samples.get(way)?.time.push(((performance.now() - time) * 1000) / rows)
    }
  }
}
rmSync(folder, { recursive: true })
console.log(`${rows} rows, intent and outcome each, ${perCommit} in a commit, medians of ${rounds} rounds`)
for (const [way, { cpu, time }] of samples) {
  console.log(
    `${way.padEnd(14)} ${median(cpu).toFixed(1).padStart(6)} µs CPU ${median(time).toFixed(1).padStart(7)} µs a row`,
  )
}
