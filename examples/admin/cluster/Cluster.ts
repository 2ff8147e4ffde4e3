import { createServer } from "node:net"
import { hostname } from "node:os"
import { join } from "node:path"
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import { RunnerAddress } from "@effect/cluster/RunnerAddress"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Activity from "@effect/workflow/Activity"
import * as Workflow from "@effect/workflow/Workflow"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Api from "../src/Api.js"
import { exit, messageOf, Problem, refused } from "../src/Problem.js"
import { sameCaller } from "../src/people/Run.js"
import { sourceOf } from "../src/Session.js"
import * as Store from "../src/Store.js"
import * as Work from "../src/Work.js"

/** What went wrong with the database, in a sentence; the URL, which may hold a password, is not in it. */
export const databaseProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem({ exit: exit.stopped, message: `The database of --database-url cannot be used: ${messageOf(error)}` })

/** PostgreSQL, which keeps the state of runs, the engine's messages and its shards: one database for one cluster. */
export const database = (url: Redacted.Redacted<string>) =>
  Layer.unwrapEffect(
    Effect.suspend(() =>
      /^postgres(ql)?:\/\//.test(Redacted.value(url))
        ? Effect.succeed(PgClient.layer({ url, maxConnections: 8, applicationName: "tiledb-admin" }))
        : Effect.fail(refused("--database-url must look like postgres://user:password@host:5432/database")),
    ),
  ).pipe(Layer.mapError((error) => (error._tag === "SqlError" ? databaseProblem(error) : error)))

export const store = Layer.mapError(Store.layer, databaseProblem)

/** One chunk of a run. Nothing waits for it, and no secret is in it: it refers to the rows. */
export const CarryOutChunk = Workflow.make({
  name: "CarryOutChunk",
  payload: { run: Schema.String, chunk: Schema.Int, round: Schema.Int },
  idempotencyKey: ({ chunk, round, run }) => `${run}/${chunk}/${round}`,
})

// The same for all runners. A killed runner's shards are taken over when its lock has expired.
const sharding = {
  shardsPerGroup: 100,
  shardLockExpiration: "12 seconds",
  shardLockRefreshInterval: "3 seconds",
  runnerHealthCheckInterval: "3 seconds",
  // Locks of rows, not of connections: those of a runner that is frozen, or whose host has no power, expire as well. The
  // journal's claims are fenced by tokens, so that a runner that wakes up writes nothing.
  shardLockDisableAdvisory: true,
  refreshAssignmentsInterval: "1 second",
  entityMessagePollInterval: "2 seconds",
} as const

/** Tries again what the engine does: it dies of whatever the database refuses. */
export const retryDefects =
  (every: Duration.DurationInput, times: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, never, R> =>
    effect.pipe(
      Effect.catchAllDefect(Effect.fail),
      Effect.retry({ schedule: Schedule.spaced(every), times }),
      Effect.orDie,
    )

// The engine creates its tables when its storage is built, and the process ends with a defect when another one creates the
// same table at that moment. So they are created beforehand, and once more if that happened.
const tables = Layer.effectDiscard(
  Layer.build(Layer.merge(SqlMessageStorage.layer, SqlRunnerStorage.layer)).pipe(
    Effect.scoped,
    retryDefects("200 millis", 10),
  ),
).pipe(Layer.provide(ShardingConfig.layer(sharding)))

/** Submits and asks, and carries out nothing. */
export const submitter = ClusterWorkflowEngine.layer.pipe(
  Layer.provideMerge(NodeClusterSocket.layer({ storage: "sql", clientOnly: true, shardingConfig: sharding })),
  Layer.provide(tables),
)

export interface Options {
  readonly host: string
  readonly port: Option.Option<number>
  /** Where the input files are; they are recognised by their content. */
  readonly files: string
  readonly concurrency: number
}

/** The chunks that a runner works on at the same time; the others wait, so that memory does not grow with the run. */
const chunksAtOnce = 3

// The database's clock, so that runners whose clocks differ agree; in milliseconds.
const now = "(extract(epoch FROM clock_timestamp()) * 1000)::double precision"

// `tokens` is what is left, below zero when requests wait for their turn; `at` is when that was so.
const take = `INSERT INTO admin_rate AS r (key, tokens, at) VALUES ($1, $2::int - 1, ${now})
  ON CONFLICT (key) DO UPDATE SET at = ${now},
    tokens = least($2::int, r.tokens + (${now} - r.at) / $3::double precision) - 1 RETURNING tokens`

/** One token bucket for all runners, one statement a request; it holds from the moment one joins or leaves. */
const turnOf = ({ base_url, settings: { rate } }: Store.Run, { sql }: Context.Tag.Service<Store.Store>) => {
  if (rate === null) return {}
  const { interval, limit } = Api.burst(rate)
  const turn = Store.patience(sql)(
    sql.unsafe<{ readonly tokens: number }>(take, [base_url, limit, interval / limit]),
  ).pipe(
    Effect.flatMap(([row]) => Effect.sleep(Math.max(0, -(row?.tokens ?? 0) * (interval / limit)))),
    Effect.orDie,
  )
  return { turn }
}

const chunkWork = ({ concurrency, files, host }: Options, port: number) =>
  Effect.gen(function* () {
    const store = yield* Store.Store
    const runner = `${hostname()} ${host}:${port}`
    const chunks = yield* Effect.makeSemaphore(chunksAtOnce)
    // Rows that a killed runner had begun do not wait for those that nobody has begun.
    const begunChunks = yield* Effect.makeSemaphore(chunksAtOnce)

    /** What the chunks of one round of a run share: connections, group commits, the count of failures. */
    const works = yield* RcMap.make({
      idleTimeToLive: "30 seconds",
      lookup: (key: string) =>
        Effect.gen(function* () {
          const [id = ""] = key.split("/")
          const run = yield* store.run(id)
          if (run === undefined) return yield* Effect.dieMessage(`there is no run ${id}`)
          const { rate } = run.settings
          // A request that waits for its turn is under way: many would wait longer than an attempt may take.
          const most = Math.min(concurrency, run.settings.concurrency, rate === null ? concurrency : 2 * rate)
          const context = yield* Layer.build(
            Api.layer({ concurrency: most, rate: null, anonymous: run.settings.anonymous, ...turnOf(run, store) }),
          )
          const api = yield* Effect.provide(Api.Api, context)
          const refuse = (reason: string) => store.update(id, { stopped: `${runner}: ${reason}` })
          if (api.baseUrl !== run.base_url) yield* refuse(`is configured for ${api.baseUrl}, not for ${run.base_url}`)
          yield* sameCaller(run).pipe(
            Effect.provideService(Api.Api, api),
            Effect.tapError(({ message }) => refuse(message)),
          )
          const source = yield* Effect.tapError(sourceOf(run, join(files, run.file)), ({ message }) => refuse(message))
          return yield* Work.make({ run, source, api, store, runner, concurrency: most, tick: () => {} })
        }),
    })

    return (run: string, chunk: number, round: number) =>
      Effect.gen(function* () {
        const turn = (yield* store.isBegun(run, chunk)) ? begunChunks : chunks
        yield* Effect.flatMap(RcMap.get(works, `${run}/${round}`), (work) => work.carryOut(chunk)).pipe(
          Effect.scoped,
          turn.withPermits(1),
        )
      }).pipe(
        Effect.tapErrorCause((cause) => Effect.logError(`chunk ${chunk} of run ${run}`, cause)),
        Effect.orDie,
      )
  })

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** A runner, until it is told to end: it finishes the rows under way, and the others take its shards over. */
export const worker = (options: Options) =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const port = yield* Option.match(options.port, { onNone: () => freePort, onSome: Effect.succeed })
      const { baseUrl } = yield* Api.config(false)
      const work = yield* chunkWork(options, port)
      const { host } = options
      return CarryOutChunk.toLayer(({ chunk, round, run }) =>
        Activity.make({ name: "rows", execute: work(run, chunk, round) }),
      ).pipe(
        Layer.provide(ClusterWorkflowEngine.layer),
        Layer.provide(
          NodeClusterSocket.layer({
            storage: "sql",
            shardingConfig: { ...sharding, runnerAddress: Option.some(RunnerAddress.make({ host, port })) },
          }),
        ),
        Layer.provide(tables),
        Layer.tap(() => Effect.sync(() => process.stderr.write(`Runner ${host}:${port} works for ${baseUrl}\n`))),
      )
    }),
  )

/** `worker`: one runner of a cluster, until Ctrl-C. */
export const launch = (url: Redacted.Redacted<string>, options: Options) =>
  Layer.launch(worker(options).pipe(Layer.provide(store), Layer.provide(database(url)))).pipe(
    Effect.catchTag("SocketServerError", ({ message }) => Effect.fail(refused(`The port cannot be used: ${message}`))),
    Effect.catchTag("ConfigError", Effect.die),
  )
