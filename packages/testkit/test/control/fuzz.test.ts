// Random JSON at every route of the control API: each request gets a 2xx or a typed 4xx, and the deployment still works.
import { assert, it } from "@effect/vitest"
import { Deployment, TestServer } from "@effect-tiledb/testkit"
import * as Control from "@effect-tiledb/testkit/Control"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { inFull, seedOf } from "../../../client/test/support/exhaustive.js"

const routes = [
  ...["POST /users", "PATCH /users/owner", "PATCH /users/ada", "POST /users/owner/api-keys", "GET /users/__proto__"],
  ...["POST /faults", "DELETE /faults/1", "POST /journal/diff", "GET /journal?operation=__proto__", "PUT /clock"],
  ...["POST /clock/advance", "POST /mailbox/take", "POST /snapshots/1/restore", "GET /users?limit=1e309"],
  ...["PUT /deployment/state", "POST /deployment/reset"],
]

/** The field that a body most likely fails without. */
const fields: Readonly<Record<string, string>> = {
  "/clock/advance": "duration",
  "/clock": "now",
  "/faults": "fault",
  "/users": "username",
}

const { value } = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>("", "ada", "owner", "1 hour", "99999999999999 weeks", "Infinity", "__proto__", "\ud800"),
    fc.constantFrom<unknown>("Answer", "Status", "Delay", "Redirect", "Merge", "Html", "getUser", "a\r\nb: c"),
    fc.constantFrom<unknown>("+275760-09-13T00:00:00Z", "0000-01-01T00:00:00Z", "usr_0000000000000000000a"),
    fc.constantFrom<unknown>(1, -1, 0.5, 200, 101, 1e300, -1e300, 8.64e15, 2 ** 28, null, true),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...[
          "fault",
          "_tag",
          "nth",
          "operation",
          "probability",
          "seed",
          "status",
          "headers",
          "body",
          "location",
          "bytes",
        ],
        ...[
          "username",
          "email",
          "password",
          "role",
          "created_at",
          "now",
          "duration",
          "timeout",
          "to",
          "kind",
          "fields",
        ],
        ...["input", "outcome", "userId", "attempt", "__proto__"],
      ),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
}))

/** A document in which something has been replaced. */
const spoiled = (state: object, [at, other]: readonly [number, unknown]): unknown => {
  const copy: unknown = structuredClone(state)
  const places: Array<readonly [object, string]> = []
  const walk = (inside: unknown): void => {
    if (typeof inside !== "object" || inside === null) return
    for (const [key, value] of Object.entries(inside)) {
      places.push([inside, key])
      walk(value)
    }
  }
  walk(copy)
  const [owner, key] = places[at % places.length] ?? [{}, ""]
  Reflect.set(owner, key, other)
  return copy
}

const requests = fc.record({
  route: fc.constantFrom(...routes),
  body: value,
  at: fc.nat(),
  cut: fc.option(fc.nat(20), { freq: 20 }),
})

const layer = Layer.merge(TestServer.layerDeployment(), Control.layer()).pipe(Layer.provideMerge(Deployment.layer()))

it.live(
  "random requests are carried out or refused, and leave a deployment that responds",
  () =>
    Effect.gen(function* () {
      const { token, url } = yield* Control.Control
      const { baseUrl } = yield* TestServer.TestServer
      const deployment = yield* Deployment.Deployment
      const state = yield* deployment.exportState
      const authorization = `Bearer ${Redacted.value(token)}`
      const statuses = new Set<number>()
      for (const { at, body, cut, route } of fc.sample(requests, { seed: seedOf(1), numRuns: inFull(2000, 300) })) {
        const [method = "", path = ""] = route.split(" ")
        const field = fields[path]
        const given = field === undefined || at % 4 === 0 ? body : { [field]: body }
        const patient = path === "/mailbox/take" && typeof body === "object" ? { ...body, timeout: 1 } : given
        const sent = path === "/deployment/state" ? spoiled(state, [at, body]) : patient
        const text = method === "GET" ? undefined : JSON.stringify(sent).slice(0, cut ?? Number.POSITIVE_INFINITY)
        const what = `${route} ${text}`
        const call = (address: string, init: RequestInit) =>
          Effect.promise(() => fetch(address, { ...init, signal: AbortSignal.timeout(10_000) })).pipe(
            Effect.tap((response) => Effect.promise(() => response.text())),
            Effect.map(({ status }) => status),
            Effect.catchAllDefect((defect) => Effect.dieMessage(`${what}: ${defect}`)),
          )
        const headers = { authorization, "content-type": "application/json" }
        const status = yield* call(url + path, { method, headers, ...(text === undefined ? {} : { body: text }) })
        statuses.add(status)
        assert.isBelow(status, 500, what)
        // No fault is left in force, and a state that was accepted is one that the API responds from.
        yield* call(`${url}/faults`, { method: "DELETE", headers })
        // It has the time of the deployment in it.
        const mail = { method: "POST", headers: { "content-type": "application/json" } }
        const reset = `${baseUrl}/actions/users/request_password_reset`
        assert.isBelow(yield* call(reset, { ...mail, body: '{"username_or_email":"owner"}' }), 500, what)
        if (path.startsWith("/deployment") || path.startsWith("/clock")) yield* deployment.importState(state)
      }
      // The seed decides whether a rare one is among them.
      for (const status of [200, 201, 204, 400]) assert.isTrue(statuses.has(status), String(status))
    }).pipe(Effect.provide(layer)),
  inFull(300_000, 120_000),
)
