/** The table of outcomes in docs/retries.md against the code that decides: each row and cell, for every failure it stands for. */
import * as Fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import {
  InvitationsOperations,
  type Operation,
  Operations,
  TokensOperations,
  WorkspacesOperations,
} from "@effect-tiledb/schema"
import { type Failure, status, transport } from "../../src/internal/failure/failure.js"
import * as Outcome from "../../src/internal/failure/outcome.js"
import { decide } from "../../src/internal/retry/decide.js"
import * as RetryPolicy from "../../src/RetryPolicy.js"

const answered = (code: number, retryAfter?: number) => status(code, "", [], undefined, retryAfter)
const documented = JSON.stringify({ code: 1, message: "No such user", request_id: "req_1" })
const unreadable = (outcome: "Done" | "Unknown"): Failure => ({
  _tag: "Decode",
  status: 200,
  reason: outcome === "Done" ? "Schema" : "Json",
  issues: [],
  outcome,
  mediaType: "text/html",
})

const unobtained = (detail: string | undefined) => transport("Credentials", false, { detail })

const people = { ...WorkspacesOperations, ...InvitationsOperations, ...TokensOperations }
const all: ReadonlyArray<Operation> = [...Object.values(Operations), ...Object.values(people)]
const refusals = Array.from({ length: 52 }, (_, index) => 400 + index).filter((code) => code !== 408 && code !== 429)
const repeatable = [408, 500, 502, 503, 504]
const others = [100, 300, 304, 305, 452, 460, 499, 501, 505, 511, 520, 599]

/** What each row is about: the failures, and of which operations. */
const rows: ReadonlyArray<readonly [RegExp, ReadonlyArray<Failure>, ReadonlyArray<Operation>?]> = [
  [
    /^no connection \(refused/,
    ["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "UND_ERR_CONNECT_TIMEOUT"].map((detail) =>
      transport("ConnectionFailed", false, { detail }),
    ),
  ],
  [
    /^no connection \(certificate/,
    [
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ]
      .concat("EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "BAD_PORT")
      .map((detail) => transport("ConnectionFailed", false, { detail })),
  ],
  [/^the effect of a secret fails with Credentials.unavailable/, [unobtained("CredentialsUnavailable")]],
  [/^the effect of a secret fails otherwise/, [unobtained("Revoked"), unobtained(undefined)]],
  [/^timeout before/, [transport("Timeout", false)]],
  [/^307 or 308/, [transport("RedirectRefused", false), transport("RedirectLoop", false)]],
  [
    /^429, or 503/,
    [answered(429), answered(429, 7000), answered(503, 7000), status(503, documented, [], "application/json", 7000)],
  ],
  [/^400, 401, 403, 404, 409, 422/, refusals.map((code) => answered(code))],
  [/^the service's own 404 to deleteUser/, [status(404, documented, [])], [Operations.deleteUser]],
  [
    /^the service's own 404 to deleteWorkspaceUser, revokeInvitation, revokeToken/,
    [status(404, documented, [])],
    [people.deleteWorkspaceUser, people.revokeInvitation, people.revokeToken],
  ],
  [/^connection lost/, [transport("ConnectionLost", true)]],
  [/^timeout: /, [transport("Timeout", true)]],
  [
    /^503 with Retry-After: a page/,
    [
      status(503, "<html>", [], "text/html", 7000),
      status(503, "", [], "text/html", 7000),
      status(503, "", [], "application/xhtml+xml", 7000),
      status(503, " ", [], undefined, 7000),
      status(503, undefined, [], "text/html", 7000),
      status(503, undefined, [], "application/json", 7000),
      status(503, undefined, [], undefined, 0),
    ],
  ],
  [/^408, 500, 502, 504/, repeatable.map((code) => answered(code))],
  [/^any other status/, others.map((code) => answered(code))],
  [/^2xx with an object or a list in the envelope/, [unreadable("Done")]],
  [/^any other 2xx body/, [unreadable("Unknown")]],
  [/^an undocumented 2xx/, [unreadable("Unknown")]],
]

const text = Fs.readFileSync(new URL("../../../../docs/retries.md", import.meta.url), "utf8")
const table = (text.split("<!-- outcomes")[1] ?? "")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2, 2 + rows.length)
  .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("*", "").replaceAll("`", "")))

/** The one thing that is so for all of them; the test fails where they differ. */
const one = <A>(values: ReadonlyArray<A>): A | undefined => {
  const [value, ...more] = new Set(values)
  return more.length === 0 ? value : assert.fail(`differ: ${[value, ...more].join(", ")}`)
}

const retried = (failures: ReadonlyArray<Failure>, operations: ReadonlyArray<Operation>): string => {
  const decided = failures.flatMap((failure) =>
    operations.map(
      (row) =>
        decide(RetryPolicy.standard, {
          operation: row,
          failure,
          number: 1,
          remaining: 60_000,
          random: 0.5,
          affordable: true,
        })._tag,
    ),
  )
  const tag = one(decided)
  return tag === undefined ? "" : tag === "Again" ? "retried" : "not retried"
}

const outcome = (failures: ReadonlyArray<Failure>, operations: ReadonlyArray<Operation>, earlierUnknown: boolean) =>
  one(failures.flatMap((failure) => operations.map((row) => Outcome.ofCall(row, failure, earlierUnknown))))

describe("the table of outcomes in docs/retries.md", () => {
  it("calls these safe to retry, and no others", () => {
    const safe = all.filter(({ idempotent }) => idempotent).map(({ name }) => name)
    assert.deepStrictEqual(
      safe,
      all.map(({ name }) => name).filter((name) => /^(?:get|list|update|delete|revoke)/.test(name)),
    )
  })
  it("has a row for each of these, and no other", () => {
    assert.strictEqual(table.length, rows.length)
  })
  for (const [index, [label, failures, operations = all]] of rows.entries()) {
    it(String(label), () => {
      const [, what = "", idempotent, unsafe, first, later = ""] = table[index] ?? []
      assert.match(what, label)
      const idempotents = operations.filter((row) => row.idempotent)
      const unsafes = operations.filter((row) => !row.idempotent)
      assert.strictEqual(idempotent, retried(failures, idempotents))
      assert.strictEqual(unsafe, retried(failures, unsafes))
      assert.strictEqual(first, outcome(failures, operations, false))
      const said = later.replace(/^success: the user is gone$/, "Done").replace(/^Unknown: see the rules$/, "Unknown")
      assert.strictEqual(said, outcome(failures, operations, true))
    })
  }
})
