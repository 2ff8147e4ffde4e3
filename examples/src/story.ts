import { HttpClient } from "@effect/platform"
import { type OperationName, Operations } from "@effect-tiledb/schema"
import { Clock, Console, Context, Effect, Layer } from "effect"

/** Prints a story step by step: each request on the wire, its result, and its duration. */
export class Story extends Context.Tag("examples/Story")<
  Story,
  {
    readonly step: <A, E, R>(
      title: string,
      effect: Effect.Effect<A, E, R>,
      outcome: (value: A) => string,
    ) => Effect.Effect<A, E, R>
    readonly skip: (operation: OperationName, why: string) => Effect.Effect<void>
    readonly done: Effect.Effect<void>
  }
>() {}

const colour = (code: number) => (text: string) => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text)
const bold = colour(1)
const dim = colour(2)
const red = colour(31)
const green = colour(32)
const yellow = colour(33)

/** The story, and an `HttpClient` that shows it each request line and status (and nothing else) on the way. */
export const layer = Layer.effectContext(
  Effect.gen(function* () {
    const exchange = { request: "", status: "" }
    const operations = new Set<string>()
    let steps = 0
    const begun = yield* Clock.currentTimeMillis

    const client = HttpClient.transform(yield* HttpClient.HttpClient, (effect, request) =>
      Effect.suspend(() => {
        exchange.request = `${request.method} ${new URL(request.url).pathname}`
        operations.add(exchange.request.replace(/usr_\w+/, "{user_id}"))
        exchange.status = "no response"
        return Effect.tap(effect, (response) => {
          exchange.status = String(response.status)
        })
      }),
    )

    const step = <A, E, R>(title: string, effect: Effect.Effect<A, E, R>, outcome: (value: A) => string) =>
      Effect.gen(function* () {
        const before = yield* Clock.currentTimeMillis
        const tell = (mark: string, end: string) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Console.log(
              `${mark} ${String(steps).padStart(2)}  ${bold(title)}\n      ${exchange.request} ${dim("→")} ${exchange.status}, ${now - before} ms\n      ${end}`,
            ),
          )
        steps += 1
        return yield* effect.pipe(
          Effect.tapError((error) => tell(red("✗"), red(String(error)))),
          Effect.tap((value) => tell(green("✓"), outcome(value))),
        )
      })

    return Context.make(HttpClient.HttpClient, client).pipe(
      Context.add(Story, {
        step,
        skip: (operation, why) =>
          Console.log(
            `${yellow("–")}     ${Operations[operation].method} ${Operations[operation].path}, skipped: ${why}`,
          ),
        done: Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Console.log(`\n${green("All green")}: ${operations.size} operations in ${steps} steps and ${now - begun} ms`),
        ),
      }),
    )
  }),
)
