import { assert, describe, it } from "@effect/vitest"
import { Deployment, Fixtures, TestHttpClient } from "@effect-tiledb/testkit"
import * as Effect from "effect/Effect"
import { call, namesOn, outcome, type Person, world } from "../support/people.js"
import { key } from "../support/raw.js"

const everybody = "ann bea cem dan"
const unknown = "/workspaceusers/red/usr_00000000000000000000"

/** The outcome of a call in a world of its own, and who is there afterwards. */
const after = (people: Parameters<typeof world>[0], ...args: Parameters<typeof call>) =>
  Effect.all([outcome(...args), namesOn("ann")]).pipe(Effect.provide(world(people)))

describe("a workspace", () => {
  it.effect("is read by id and by name, with its creator and the caller", () =>
    Effect.gen(function* () {
      for (const one of ["red", "ws_red"]) {
        const { data, status } = yield* call("cem", `GET /workspaces/${one}`)
        assert.strictEqual(status, 200)
        assert.deepInclude(data, { workspace_id: "ws_red", name: "red", description: "Rot" })
        assert.deepInclude(data.created_by, { username: "ann", role: "owner" })
        assert.deepInclude(data.self, { username: "cem", role: "member", added_by: data.created_by.user_id })
      }
    }).pipe(Effect.provide(world())),
  )

  it.effect("is not there for those outside, nor is its people; or they are forbidden, as the policy says", () =>
    Effect.gen(function* () {
      const asked = [
        ["GET /workspaces/red"],
        ["GET /workspaceusers/red"],
        ["GET /workspaceusers/red/{ann}"],
        ["DELETE /workspaceusers/red/{eli}"],
        ["PATCH /workspaceusers/red/{ann}", { role: "member" }],
        ["POST /workspaceusers/red", []],
        ["GET /invitations/admin/red"],
        ["POST /invitations/admin/red", []],
        ["DELETE /invitations/admin/red/inv_1"],
      ] as const
      for (const [line, json] of asked) {
        assert.deepInclude(yield* call("eli", line, json), { status: 404, code: 10407 }, line)
        assert.deepInclude(yield* call("ann", line.replace("red", "blue"), json), { status: 404, code: 10407 }, line)
        const foreign = Effect.provide(call("eli", line, json), world({ foreignWorkspace: 403 }))
        assert.deepInclude(yield* foreign, { status: 403, code: 10303 }, line)
      }
      assert.strictEqual(yield* outcome({}, "GET /workspaceusers/red"), "401")
    }).pipe(Effect.provide(world())),
  )

  it.effect("of everybody lists all users with their roles, and who registers", () =>
    Effect.gen(function* () {
      const d = yield* Deployment.Deployment
      const owner = key(d.apiKey)
      yield* d.add(Fixtures.user("zoe", { role: "admin" }))
      const { data, pagination } = yield* call(owner, "GET /workspaceusers/main")
      assert.deepStrictEqual(
        data.map(({ role, username }: Person) => `${username} ${role}`),
        ["owner owner", "ada member", "zoe admin"],
      )
      assert.deepStrictEqual(pagination, { page: 1, per_page: 20, total_pages: 1, total_items: 3 })
      assert.strictEqual(yield* outcome(owner, "PATCH /workspaceusers/main/{ada}", { role: "admin" }), "204")
      assert.strictEqual((yield* call(owner, "GET /workspaceusers/main/{ada}")).data.role, "admin")
      assert.strictEqual((yield* call(owner, "GET /users/{ada}")).data.role, "member")
      assert.strictEqual(yield* outcome(owner, "DELETE /workspaceusers/main/{ada}"), "204")
      assert.strictEqual(yield* outcome("ada", "GET /workspaceusers/main"), "404")
      assert.deepStrictEqual((yield* call("ada", "GET /users/self")).data.workspaces, [])
      assert.strictEqual(yield* outcome(owner, "DELETE /users/{zoe}"), "204")
      assert.strictEqual((yield* call(owner, "GET /workspaceusers/main")).pagination.total_items, 1)
    }).pipe(Effect.provide(TestHttpClient.layer({ users: [Fixtures.user("ada")] }))),
  )
})

describe("a page of members", () => {
  it.effect("is of the size that was asked for, up to the greatest, and says where it stands", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* namesOn("cem"), everybody)
      assert.strictEqual(yield* namesOn("cem", "?per_page=3"), "ann bea cem")
      assert.strictEqual(yield* namesOn("cem", "?per_page=3&page=2"), "dan")
      assert.strictEqual(yield* namesOn("cem", "?page=2"), "")
      const { pagination } = yield* call("cem", "GET /workspaceusers/red?per_page=3&page=2")
      assert.deepStrictEqual(pagination, { page: 2, per_page: 3, total_pages: 2, total_items: 4 })
      for (const query of ["page=0", "page=x", "per_page=0", "per_page=1.5"]) {
        assert.strictEqual(yield* outcome("cem", `GET /workspaceusers/red?${query}`), `400 ${query.split("=")[0]}`)
      }
    }).pipe(Effect.provide(world({ greatestPage: 20 }))),
  )

  it.effect("is as the policy says where nobody knows", () =>
    Effect.gen(function* () {
      const names = (people: Parameters<typeof world>[0], query = "") =>
        Effect.provide(namesOn("cem", query), world(people))
      assert.strictEqual(yield* names({ perPage: 2 }), "ann bea")
      assert.strictEqual(yield* names({ greatestPage: 2 }), "ann bea")
      assert.strictEqual(yield* names({ greatestPage: 2 }, "?per_page=3"), "ann bea")
      assert.strictEqual(yield* names({ greatestPage: 2, aboveGreatest: "refused" }, "?per_page=3"), "400")
      assert.strictEqual(yield* names({ greatestPage: 3, aboveGreatest: "refused" }, "?per_page=3"), "ann bea cem")
      for (const beyondLast of [400, 404] as const) {
        assert.strictEqual(yield* names({ beyondLast }, "?page=2"), String(beyondLast))
        assert.strictEqual(yield* names({ beyondLast }, "?page=1&search=nobody"), "")
      }
      assert.strictEqual(yield* names({ pageZero: "first" }, "?per_page=2&page=0"), "ann bea")
      assert.strictEqual(yield* names({ pageZero: "first" }, "?page=0&search=dan"), "dan")
      assert.strictEqual(yield* names({ pageZero: "first" }, "?per_page=0"), "400")
      const bare = yield* Effect.provide(call("cem", "GET /workspaceusers/red"), world({ metadata: "absent" }))
      assert.isUndefined(bare.pagination)
    }),
  )

  it.effect("is in the order of joining, in another one, or in one that changes", () =>
    Effect.gen(function* () {
      const orders = (order: Deployment.PeoplePolicy["order"]) =>
        Effect.replicateEffect(namesOn("cem"), 5).pipe(Effect.provide(world({ order })))
      const sorted = (names: string) => names.split(" ").toSorted().join(" ")
      for (const order of ["created", "shuffled", "random"] as const) {
        const all = yield* orders(order)
        assert.deepStrictEqual(new Set(all.map(sorted)), new Set([everybody]))
        assert.strictEqual(new Set(all).size > 1, order === "random")
        assert.strictEqual(all[0] === everybody, order === "created", order)
        assert.deepStrictEqual(yield* orders(order), all)
      }
    }),
  )

  it.effect("has people who match the search, which goes by name and address", () =>
    Effect.gen(function* () {
      const found = (search: string, people: Parameters<typeof world>[0] = {}) =>
        Effect.provide(namesOn("cem", `?search=${search}`), world(people))
      assert.strictEqual(yield* found("EA"), "bea")
      assert.strictEqual(yield* found("Dan@example.com"), "dan")
      assert.strictEqual(yield* found("an"), "ann dan")
      assert.strictEqual(yield* found("an", { search: "prefix" }), "ann")
      assert.strictEqual(yield* found("an", { search: "whole" }), "")
      assert.strictEqual(yield* found("ann", { search: "whole" }), "ann")
      const wild = { search: "wildcards" } as const
      for (const [search, names] of [
        ["ann", "ann"],
        ["an", ""],
        ["*an", "dan"],
        ["an*", "ann"],
        ["*", everybody],
        ["*a*n*", "ann dan"],
        ["d*example*", "dan"],
        ["bea@*@example.com", ""],
        ["cem@example.com*cem@example.com", ""],
      ] as const) {
        assert.strictEqual(yield* found(encodeURIComponent(search), wild), names, search)
      }
      assert.strictEqual(yield* found("nobody", { search: "ignored" }), everybody)
      assert.strictEqual(yield* found("ANN", { searchCase: "exact" }), "")
      assert.strictEqual(yield* found("example", { maySeeAddresses: "admin" }), "")
    }),
  )

  it.effect("has those who have left, if the policy says so, and shows addresses and itself to whom it may", () =>
    Effect.gen(function* () {
      yield* call("ann", "DELETE /workspaceusers/red/{cem}")
      const { data } = yield* call("ann", "GET /workspaceusers/red")
      assert.deepStrictEqual(
        data.map(({ deleted_at, username }: Person) => [username, deleted_at !== undefined]),
        [
          ["ann", false],
          ["bea", false],
          ["cem", true],
          ["dan", false],
        ],
      )
      assert.strictEqual(yield* outcome("ann", "GET /workspaceusers/red/{cem}"), "200")
      assert.strictEqual(yield* outcome("ann", "DELETE /workspaceusers/red/{cem}"), "404")
      const addresses = (caller: string) =>
        Effect.map(call(caller, "GET /workspaceusers/red/{ann}"), ({ data }) => data.email)
      assert.deepStrictEqual([yield* addresses("bea"), yield* addresses("dan")], ["ann@example.com", ""])
      assert.strictEqual((yield* call("dan", "GET /workspaceusers/red")).data[0].email, "")
    }).pipe(Effect.provide(world({ removedMembers: "listed", maySeeAddresses: "admin" }))),
  )

  it.effect("is for members, or for admins or owners alone", () =>
    Effect.gen(function* () {
      const readers = (mayList: Deployment.PeoplePolicy["mayList"]) =>
        Effect.all(["ann", "bea", "cem"].map((name) => outcome(name, "GET /workspaceusers/red"))).pipe(
          Effect.provide(world({ mayList })),
        )
      assert.deepStrictEqual(yield* readers("member"), ["200", "200", "200"])
      assert.deepStrictEqual(yield* readers("admin"), ["200", "200", "403"])
      assert.deepStrictEqual(yield* readers("owner"), ["200", "403", "403"])
    }),
  )

  it.effect("may be followed by somebody's coming or going, the same for the same seed", () =>
    Effect.gen(function* () {
      const pages = (seed: number) =>
        Effect.replicateEffect(namesOn("ann"), 6).pipe(Effect.provide(world({ churn: 0.7 }, { seed })))
      const runs = yield* Effect.forEach([1, 2, 3, 4, 5], pages)
      assert.deepStrictEqual(yield* pages(1), runs[0])
      const last = runs.map((run) => run.at(-1) ?? "")
      assert.isTrue(last.every((names) => names.startsWith("ann")))
      assert.isTrue(
        last.some((names) => /eli|fay|owner/.test(names)),
        last.join("\n"),
      )
      assert.isTrue(last.some((names) => !names.includes("cem")))
      assert.isTrue(runs.every(([first]) => first === everybody))
      const still = yield* Effect.replicateEffect(namesOn("ann"), 6).pipe(Effect.provide(world({ churn: 0 })))
      assert.deepStrictEqual(new Set(still), new Set([everybody]))
    }),
  )
})

describe("a member", () => {
  it.effect("is read, changed and removed, and then is no member of this workspace", () =>
    Effect.gen(function* () {
      const { data } = yield* call("bea", "GET /workspaceusers/red/{cem}")
      assert.deepInclude(data, { username: "cem", email: "cem@example.com", role: "member" })
      assert.strictEqual(yield* outcome("bea", "PATCH /workspaceusers/red/{cem}", { role: "admin" }), "204")
      const changed = (yield* call("bea", "GET /workspaceusers/red/{cem}")).data
      assert.deepStrictEqual(changed, { ...data, role: "admin" })
      assert.strictEqual(yield* outcome("cem", "DELETE /workspaceusers/red/{dan}"), "204")
      for (const [line, json] of [
        ["GET /workspaceusers/red/{dan}"],
        ["DELETE /workspaceusers/red/{dan}"],
        ["PATCH /workspaceusers/red/{dan}", { role: "admin" }],
        [`GET ${unknown}`],
        [`DELETE ${unknown}`],
        ["GET /workspaceusers/red/{eli}"],
      ] as const) {
        assert.deepInclude(yield* call("ann", line, json), { status: 404, code: 10408 }, line)
      }
      assert.strictEqual(yield* outcome("dan", "GET /users/self"), "200")
      assert.strictEqual(yield* outcome("bea", "PATCH /workspaceusers/red/{cem}", {}), "400 role")
      assert.strictEqual(yield* outcome("bea", "PATCH /workspaceusers/red/{cem}", { role: "amdin" }), "400 role")
    }).pipe(Effect.provide(world())),
  )

  it.effect("is changed by admins, and an owner by owners", () =>
    Effect.gen(function* () {
      const change = { role: "member" }
      const table = [
        ["ann", "PATCH /workspaceusers/red/{bea}", change, "204"],
        ["bea", "PATCH /workspaceusers/red/{ann}", change, "403"],
        ["bea", "DELETE /workspaceusers/red/{ann}", undefined, "403"],
        ["bea", "PATCH /workspaceusers/red/{cem}", { role: "owner" }, "403"],
        ["cem", "DELETE /workspaceusers/red/{dan}", undefined, "403"],
        ["cem", "DELETE /workspaceusers/red/{cem}", undefined, "403"],
      ] as const
      for (const [who, line, json, expected] of table) {
        assert.strictEqual((yield* after({}, who, line, json))[0], expected, line)
      }
      const [lax] = yield* after({ mayManage: "member" }, "cem", "DELETE /workspaceusers/red/{dan}")
      const [strict] = yield* after({ mayManage: "owner" }, "bea", "DELETE /workspaceusers/red/{dan}")
      const [risen] = yield* after({ mayChangeOwners: "admin" }, "bea", "PATCH /workspaceusers/red/{cem}", {
        role: "owner",
      })
      assert.deepStrictEqual([lax, strict, risen], ["204", "403", "204"])
    }),
  )

  it.effect("may go alone where the policy says so, and not rise", () =>
    Effect.gen(function* () {
      const leave = "DELETE /workspaceusers/red/{cem}"
      assert.deepStrictEqual(yield* after({ oneself: "anybody" }, "cem", leave), ["204", "ann bea dan"])
      const rise = after({ oneself: "anybody" }, "cem", "PATCH /workspaceusers/red/{cem}", { role: "admin" })
      assert.strictEqual((yield* rise)[0], "403")
      const nobody = { oneself: "nobody" } as const
      assert.strictEqual((yield* after(nobody, "bea", "DELETE /workspaceusers/red/{bea}"))[0], "403")
      assert.strictEqual((yield* after(nobody, "bea", leave))[0], "204")
    }),
  )

  it.effect("stays the owner if there is no other, and is the only one if the policy says so", () =>
    Effect.gen(function* () {
      const { code } = yield* call("ann", "DELETE /workspaceusers/red/{ann}")
      assert.strictEqual(code, 10502)
      assert.strictEqual(yield* outcome("ann", "PATCH /workspaceusers/red/{ann}", { role: "admin" }), "409")
      assert.strictEqual(yield* outcome("ann", "PATCH /workspaceusers/red/{ann}", { role: "owner" }), "204")
      assert.strictEqual(yield* outcome("ann", "PATCH /workspaceusers/red/{bea}", { role: "owner" }), "204")
      assert.strictEqual(yield* outcome("bea", "DELETE /workspaceusers/red/{ann}"), "204")
      assert.strictEqual(yield* outcome("bea", "DELETE /workspaceusers/red/{bea}"), "409")
      const [free] = yield* Effect.provide(
        Effect.all([outcome("ann", "DELETE /workspaceusers/red/{ann}")]),
        world({ lastOwner: "free" }),
      )
      assert.strictEqual(free, "204")
      const one = { owners: "one" } as const
      const [second] = yield* after(one, "ann", "PATCH /workspaceusers/red/{bea}", { role: "owner" })
      assert.strictEqual(second, "409")
    }).pipe(Effect.provide(world())),
  )
})

describe("people who have an account", () => {
  const ids = (...names: ReadonlyArray<string>) =>
    Effect.forEach(names, (name) =>
      Effect.flatMap(Deployment.Deployment, (d) => Effect.map(Effect.flatten(d.user(name)), ({ id }) => id)),
    )

  it.effect("are added with a role each, by whoever added them, and in the response", () =>
    Effect.gen(function* () {
      const [eli = "", fay = "", bea = ""] = yield* ids("eli", "fay", "bea")
      const list = [
        { user_id: eli, role: "member" },
        { user_id: fay, role: "admin" },
      ]
      const { data, status } = yield* call("bea", "POST /workspaceusers/red", list)
      assert.strictEqual(status, 201)
      assert.deepStrictEqual(
        data.map(({ added_by, role, username }: Person) => [username, role, added_by]),
        [
          ["eli", "member", bea],
          ["fay", "admin", bea],
        ],
      )
      assert.strictEqual(yield* namesOn("eli"), `${everybody} eli fay`)
      assert.deepStrictEqual((yield* call("fay", "GET /users/self")).data.workspaces[0].self.role, "admin")
    }).pipe(Effect.provide(world())),
  )

  it.effect("come back after they were removed, as the newest", () =>
    Effect.gen(function* () {
      const [cem = ""] = yield* ids("cem")
      yield* call("ann", "DELETE /workspaceusers/red/{cem}")
      yield* Effect.flatMap(Deployment.Deployment, (d) => d.advance("1 minute"))
      assert.strictEqual(yield* outcome("ann", "POST /workspaceusers/red", [{ user_id: cem, role: "admin" }]), "201")
      assert.strictEqual(yield* namesOn("cem"), "ann bea dan cem")
      assert.notProperty((yield* call("cem", "GET /workspaceusers/red/{cem}")).data, "deleted_at")
    }).pipe(Effect.provide(world())),
  )

  const mixed = (people: Parameters<typeof world>[0], caller = "bea") =>
    Effect.gen(function* () {
      const [eli = "", cem = "", fay = ""] = yield* ids("eli", "cem", "fay")
      const list = [
        { user_id: eli, role: "member" },
        { user_id: "usr_00000000000000000000", role: "member" },
        { user_id: cem, role: "member" },
        { user_id: eli, role: "admin" },
        { user_id: fay, role: "owner" },
      ]
      return [yield* outcome(caller, "POST /workspaceusers/red", list), yield* namesOn("ann")]
    }).pipe(Effect.provide(world(people)))

  it.effect("are added all or not at all, or those without a problem, as the policy says", () =>
    Effect.gen(function* () {
      const problems = "400 1.user_id 2.user_id 3.user_id 4.role"
      assert.deepStrictEqual(yield* mixed({}), [problems, everybody])
      assert.deepStrictEqual(yield* mixed({ memberAgain: "ignored" }), ["400 1.user_id 4.role", everybody])
      assert.deepStrictEqual(yield* mixed({ lists: "each" }), ["201", `${everybody} eli`])
      assert.deepStrictEqual(yield* mixed({ lists: "each" }, "ann"), ["201", `${everybody} eli fay`])
      assert.deepStrictEqual(yield* mixed({ lists: "each", owners: "one" }, "ann"), ["201", `${everybody} eli`])
    }),
  )

  it.effect("are not added by plain members, nor by a body that is no list of them", () =>
    Effect.gen(function* () {
      const [eli = ""] = yield* ids("eli")
      const list = [{ user_id: eli, role: "member" }]
      assert.strictEqual(yield* outcome("cem", "POST /workspaceusers/red", list), "403 0.role")
      assert.strictEqual(yield* outcome("ann", "POST /workspaceusers/red", [{ user_id: eli }]), "400 0.role")
      const amdin = [{ user_id: eli, role: "amdin" }]
      assert.strictEqual(yield* outcome("ann", "POST /workspaceusers/red", amdin), "400 0.role")
      assert.strictEqual((yield* call("ann", "POST /workspaceusers/red", {})).status, 400)
      assert.strictEqual(yield* outcome("ann", "POST /workspaceusers/red", []), "201")
    }).pipe(Effect.provide(world())),
  )
})
