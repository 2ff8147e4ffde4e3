import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { type Operation, qualifiedName } from "@effect-tiledb/schema"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Deployment from "../../Deployment.js"
import * as Faults from "../../Faults.js"
import * as Journal from "../../Journal.js"
import * as Mailbox from "../../Mailbox.js"
import { redact } from "../api/requestBody.js"
import { Api, ControlNotFound, ControlRefused } from "./api.js"
import { FaultRule, toRule } from "./json.js"
import { problems } from "./problems.js"

const notFound = (message: string) => new ControlNotFound({ message })
const refused = (error: Error) => new ControlRefused({ message: problems(error) })

/** Reports what the deployment refuses with a defect, as it does of a program. */
const orRefused = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | ControlRefused> =>
  Effect.catchAllDefect(effect, (defect) =>
    Cause.isIllegalArgumentException(defect) ? Effect.fail(refused(defect)) : Effect.die(defect),
  )

/** The maximum wait of a request for an e-mail. */
const longest = Duration.minutes(1)

/** The maximum number of snapshots: more would fill the memory of a long-running server. */
const mostSnapshots = 100

const deployment = HttpApiBuilder.group(Api, "deployment", (handlers) =>
  Effect.map(Deployment.Deployment, (deployment) =>
    handlers
      .handle("status", () =>
        Effect.map(Effect.all({ users: deployment.size, now: deployment.now }), (counted) => {
          const { apiKey, bearer, ownerId: userId } = deployment
          return { ...counted, userId, apiKey: Redacted.value(apiKey), bearer: Redacted.value(bearer) }
        }),
      )
      .handle("reset", () => deployment.reset)
      .handle("exportState", () => Effect.map(deployment.exportState, (state) => ({ ...state })))
      .handle("importState", ({ payload }) => Effect.mapError(deployment.importState(payload), refused)),
  ),
)

const snapshots = HttpApiBuilder.group(Api, "snapshots", (handlers) =>
  Effect.map(Deployment.Deployment, (deployment) => {
    const kept = new Map<string, Deployment.Snapshot>()
    let taken = 0
    const find = (id: string) =>
      Effect.suspend(() => {
        const snapshot = kept.get(id)
        return snapshot === undefined ? notFound(`There is no snapshot ${id}`) : Effect.succeed(snapshot)
      })
    return handlers
      .handle("take", () => {
        const message = `There are ${mostSnapshots} snapshots already: drop some (DELETE /snapshots/{id})`
        if (kept.size >= mostSnapshots) return Effect.fail(new ControlRefused({ message }))
        return Effect.map(deployment.snapshot, (snapshot) => {
          const id = String(++taken)
          kept.set(id, snapshot)
          return { id }
        })
      })
      .handle("restore", ({ path: { id } }) => Effect.flatMap(find(id), deployment.restore))
      .handle("drop", ({ path: { id } }) => Effect.asVoid(Effect.map(find(id), () => kept.delete(id))))
  }),
)

const users = HttpApiBuilder.group(Api, "users", (handlers) =>
  Effect.map(Deployment.Deployment, (deployment) => {
    const find = (who: string) =>
      Effect.mapError(Effect.flatten(deployment.user(who)), () => notFound(`There is no user ${who}`))
    const issue = (who: string, by: "issueApiKey" | "issueBearer") =>
      find(who).pipe(
        Effect.flatMap(({ id }) => deployment[by](id)),
        Effect.mapBoth({ onFailure: ({ message }) => notFound(message), onSuccess: Redacted.value }),
      )
    return handlers
      .handle("list", ({ urlParams: { limit, offset = 0 } }) =>
        Effect.map(deployment.users, (users) => users.slice(offset, limit === undefined ? undefined : offset + limit)),
      )
      .handle("add", ({ payload }) => Effect.mapError(deployment.add(payload), refused))
      .handle("get", ({ path: { who } }) => find(who))
      .handle("change", ({ path: { who }, payload }) =>
        Effect.mapError(deployment.change(who, payload), (error) =>
          Cause.isNoSuchElementException(error) ? notFound(error.message) : refused(error),
        ),
      )
      .handle("issueApiKey", ({ path }) => Effect.bindTo(issue(path.who, "issueApiKey"), "apiKey"))
      .handle("issueBearer", ({ path }) => Effect.bindTo(issue(path.who, "issueBearer"), "bearer"))
  }),
)

const faults = HttpApiBuilder.group(Api, "faults", (handlers) =>
  Effect.map(Faults.Faults, (faults) => {
    const installed = new Map<string, { readonly rule: Faults.Rule; json: unknown; remove: Effect.Effect<void> }>()
    let added = 0
    return handlers
      .handle("list", () =>
        Effect.map(Effect.all([faults.rules, faults.struck]), ([rules, struck]) =>
          rules.map((rule) => {
            const [id, own] = Array.from(installed).find(([, one]) => one.rule === rule) ?? [null]
            const { calls = 0, struck: times = 0 } = struck.find((one) => one.rule === rule) ?? {}
            return { id, rule: own?.json ?? JSON.parse(JSON.stringify(rule)), calls, struck: times }
          }),
        ),
      )
      .handle("add", ({ payload }) => {
        const rule = toRule(payload)
        return Effect.map(orRefused(faults.install(rule)), (remove) => {
          const id = String(++added)
          installed.set(id, { rule, json: Schema.encodeSync(FaultRule)(payload), remove })
          return { id }
        })
      })
      .handle("remove", ({ path: { id } }) =>
        Effect.flatMap(faults.rules, (rules) => {
          const found = installed.get(id)
          installed.delete(id)
          // A reset may have removed it already.
          return found === undefined || !rules.includes(found.rule)
            ? Effect.fail(notFound(`There is no fault rule ${id}`))
            : found.remove
        }),
      )
      .handle("clear", () => {
        installed.clear()
        return faults.clear
      })
  }),
)

/** Passwords are compared by value and never shown, so they are wrapped in `Redacted`, as in the journal. */
const toExpected = (row: Operation | undefined, expected: Journal.Expected): Journal.Expected => {
  const body = expected.items ?? expected.input
  if (body === undefined) return expected
  const { input = expected.input, items = expected.items } = redact(row, body, Redacted.make, true)
  return { ...expected, input, items }
}

const journal = HttpApiBuilder.group(Api, "journal", (handlers) =>
  Effect.map(Effect.all([Journal.Journal, Deployment.Deployment]), ([journal, deployment]) => {
    const rows = Array.from(deployment[Deployment.BackendId].machine.endpoints.keys())
    const find = (operation: string) => rows.find((row) => qualifiedName(row) === operation)
    return handlers
      .handle("entries", ({ urlParams: { operation } }) =>
        Effect.map(journal.entries(operation), (entries) =>
          entries.map((entry) => `${JSON.stringify({ ...entry, time: DateTime.formatIso(entry.time) })}\n`).join(""),
        ),
      )
      .handle("diff", ({ payload }) =>
        Journal.expect(payload.map((expected) => toExpected(find(expected.operation), expected))).pipe(
          Effect.provideService(Journal.Journal, journal),
          Effect.as({ same: true }),
          Effect.catchAll(({ message }) => Effect.succeed({ same: false, diff: message })),
        ),
      )
      .handle("clear", () => journal.clear)
  }),
)

const clock = HttpApiBuilder.group(Api, "clock", (handlers) =>
  Effect.map(Deployment.Deployment, (deployment) => {
    const now = Effect.map(deployment.now, (now) => ({ now }))
    return handlers
      .handle("now", () => now)
      .handle("set", ({ payload }) => orRefused(Effect.zipRight(deployment.setTime(payload.now), now)))
      .handle("advance", ({ payload }) => orRefused(Effect.zipRight(deployment.advance(payload.duration), now)))
  }),
)

const mailbox = HttpApiBuilder.group(Api, "mailbox", (handlers) =>
  Effect.map(Effect.all([Mailbox.Mailbox, Deployment.Deployment]), ([mailbox, deployment]) => {
    const plain = (message: Mailbox.Message) => ({ ...message, token: Redacted.value(message.token) })
    return handlers
      .handle("list", ({ urlParams }) => Effect.map(mailbox.all(urlParams), (messages) => messages.map(plain)))
      .handle("take", ({ payload: { timeout = Duration.seconds(5), ...filter } }) =>
        Effect.mapBoth(mailbox.take(filter, { timeout: Duration.min(timeout, longest) }), {
          onFailure: ({ message }) => notFound(message),
          onSuccess: plain,
        }),
      )
      .handle("answerInvitation", ({ payload: { answer, token } }) =>
        Effect.mapError(deployment.answerInvitation(Redacted.make(token), answer), ({ message }) => notFound(message)),
      )
      .handle("clear", () => mailbox.clear)
  }),
)

/** The handlers of the control API, over the deployment in the environment. */
export const layer = HttpApiBuilder.api(Api).pipe(
  Layer.provide([deployment, snapshots, users, faults, journal, clock, mailbox]),
)
