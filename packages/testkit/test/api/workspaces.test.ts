import { assert, describe, it } from "@effect/vitest"
import { Deployment, Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { basic, idOf, send } from "../support/raw.js"

const names = ["ann", "bea", "cem", "dan", "eli", "root"]

/** Two workspaces: ann owns `red`, bea is its admin, cem and dan belong to it; bea owns `blue`, and dan belongs to it. */
const workspaces: ReadonlyArray<Deployment.WorkspaceSeed> = [
  { name: "red", owner: "ann", admins: ["bea"], members: ["cem", "dan"], description: "The first" },
  { name: "blue", owner: "bea", members: ["dan"], id: "ws_blue" },
]

const options: Deployment.Options = {
  users: names.map((name) => Fixtures.user(name, name === "root" ? { role: "admin" } : {})),
  workspaces,
}

const update = (caller: string, target: string) =>
  Effect.flatMap(idOf(target), (id) =>
    Effect.map(
      send("PATCH", `/users/${id}`, { headers: basic(caller), json: { timezone: "UTC" } }),
      ({ status }) => status,
    ),
  )

const read = (caller: string, target: string) =>
  Effect.flatMap(idOf(target), (id) =>
    Effect.map(send("GET", `/users/${id}`, { headers: basic(caller) }), ({ status }) => status),
  )

const table = (ask: typeof update, callers: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(callers, (caller) =>
      Effect.map(
        Effect.forEach(names, (target) => Effect.map(ask(caller, target), (status) => (status < 300 ? target : "-"))),
        (row) => [caller, row.join(" ")] as const,
      ),
    ),
    (rows) => Object.fromEntries(rows),
  )

describe("several workspaces", () => {
  it.effect("each shows its users their role in it, and who created it", () =>
    Effect.gen(function* () {
      const self = (name: string) =>
        Effect.map(send("GET", "/users/self", { headers: basic(name) }), ({ text }) => {
          const { data } = JSON.parse(text) as {
            data: {
              workspaces: ReadonlyArray<{ name: string; self: { role: string }; created_by: { username: string } }>
            }
          }
          return data.workspaces.map((_) => `${_.name}: ${_.self.role}, by ${_.created_by.username}`)
        })
      assert.deepStrictEqual(yield* self("ann"), ["red: owner, by ann"])
      assert.deepStrictEqual(yield* self("bea"), ["red: admin, by ann", "blue: owner, by bea"])
      assert.deepStrictEqual(yield* self("dan"), ["red: member, by ann", "blue: member, by bea"])
      assert.deepStrictEqual(yield* self("eli"), [])
    }).pipe(Effect.provide(TestHttpClient.layer(options))),
  )

  it.effect("who outranks somebody in all of their workspaces may change them; in one is not enough", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* table(update, names), {
        // The owner of red: cem is in red only. dan is in blue too, and bea owns that.
        ann: "ann - cem - - -",
        // Admin of red and owner of blue: cem and dan, but not ann, who owns red.
        bea: "- bea cem dan - -",
        cem: "- - cem - - -",
        dan: "- - - dan - -",
        eli: "- - - - eli -",
        // The deployment's admin: everybody but its owner.
        root: "ann bea cem dan eli root",
      })
    }).pipe(Effect.provide(TestHttpClient.layer(options))),
  )

  it.effect("deleting goes by the same rules", () =>
    Effect.gen(function* () {
      const remove = (caller: string, target: string) =>
        Effect.flatMap(idOf(target), (id) =>
          Effect.map(send("DELETE", `/users/${id}`, { headers: basic(caller) }), ({ status }) => status),
        )
      assert.strictEqual(yield* remove("ann", "dan"), 403)
      assert.strictEqual(yield* remove("ann", "bea"), 403)
      assert.strictEqual(yield* remove("ann", "cem"), 204)
      assert.strictEqual(yield* remove("bea", "dan"), 204)
    }).pipe(Effect.provide(TestHttpClient.layer(options))),
  )

  it.effect("reading is for anyone, for who shares a workspace, or for admins and who may change them", () =>
    Effect.gen(function* () {
      const readable = (readUsers: Deployment.Policy["readUsers"]) =>
        Effect.provide(table(read, ["ann", "cem", "eli"]), TestHttpClient.layer({ ...options, policy: { readUsers } }))
      const all = names.join(" ")
      assert.deepStrictEqual(yield* readable("anyone"), { ann: all, cem: all, eli: all })
      assert.deepStrictEqual(yield* readable("workspace"), {
        ann: "ann bea cem dan - -",
        cem: "ann bea cem dan - -",
        eli: "- - - - eli -",
      })
      assert.deepStrictEqual(yield* readable("admins"), {
        ann: "ann - cem - - -",
        cem: "- - cem - - -",
        eli: "- - - - eli -",
      })
    }),
  )

  it.effect("what cannot be is refused by name", () =>
    Effect.gen(function* () {
      const refused = (workspaces: ReadonlyArray<Deployment.WorkspaceSeed>) =>
        Effect.map(
          Effect.sandbox(
            Effect.flip(Effect.sandbox(Effect.provide(Effect.void, Deployment.layer({ ...options, workspaces })))),
          ),
          String,
        )
      assert.include(yield* refused([{ name: "red", owner: "zoe" }]), "red names an unknown user: zoe")
      assert.include(yield* refused([{ name: "red", owner: "ann", members: ["ann"] }]), "red names ann twice")
      const same = { owner: "ann", id: "ws_same" }
      assert.include(
        yield* refused([
          { name: "red", ...same },
          { name: "blue", ...same },
        ]),
        "Two workspaces have the id ws_same",
      )
    }),
  )

  it.effect("naming workspaces does not change the ids of users", () =>
    Effect.gen(function* () {
      const ids = (options: Deployment.Options) => Effect.provide(idOf("eli"), Deployment.layer(options))
      assert.strictEqual(yield* ids(options), yield* ids({ users: options.users ?? [] }))
    }),
  )
})
