import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { make } from "../src/admin.js"
import * as Cli from "../src/Cli.js"
import { refused } from "../src/Problem.js"
import { quoted } from "../src/Screen.js"
import { embedded, type Place } from "../src/Session.js"
import { start } from "../src/start.js"
import * as Cluster from "./Cluster.js"
import * as Submit from "./Submit.js"

const databaseUrl = Options.redacted("database-url").pipe(
  Options.withDescription(
    "Keeps the state in PostgreSQL, for rows that `worker`s carry out; or TILEDB_ADMIN_DATABASE_URL",
  ),
  Options.withFallbackConfig(Config.redacted("TILEDB_ADMIN_DATABASE_URL")),
  Options.optional,
)

const shared =
  (url: Redacted.Redacted<string>) =>
  (file: string): Place => ({
    layer: () => Layer.provideMerge(Cluster.store, Cluster.database(url)),
    problem: Cluster.databaseProblem,
    carryOut: (run, _source, progress) =>
      Effect.provide(Submit.carryOut(run, progress), Cluster.submitter).pipe(
        Effect.catchTag("ConfigError", Effect.die),
      ),
    resume: `pnpm admin resume ${quoted(file)} --database-url …`,
    state: "",
    exists: true,
  })

const worker = Command.make(
  "worker",
  {
    databaseUrl,
    files: Options.text("files").pipe(
      Options.withDescription("The folder that holds the input files, or copies of them; default: this one"),
      Options.withDefault("."),
    ),
    host: Options.text("host").pipe(
      Options.withDescription("The address at which the other runners reach this one; a private network only"),
      Options.withDefault("127.0.0.1"),
    ),
    port: Cli.whole("port", 1, 65_535).pipe(
      Options.withDescription("The port; default: one that is free"),
      Options.optional,
    ),
    concurrency: Cli.concurrency.pipe(Options.withDefault(32)),
  },
  ({ databaseUrl, ...options }) =>
    Option.match(databaseUrl, {
      onNone: () => Effect.fail(refused("A worker needs --database-url, or TILEDB_ADMIN_DATABASE_URL")),
      onSome: (url) => Cluster.launch(url, options),
    }),
).pipe(Command.withDescription("Carries out rows for create, update and delete with the same --database-url"))

const places = Options.map(databaseUrl, Option.match({ onNone: () => embedded, onSome: shared }))

start(make(places, worker))
