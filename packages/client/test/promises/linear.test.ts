// Every regular expression of the packages, on long input made to suit it: none takes time quadratic in what it meets.
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import ts from "typescript"

const packages = new URL("../../../", import.meta.url)

const sources = ["client", "schema", "testkit"].flatMap((name) =>
  readdirSync(new URL(`${name}/src`, packages), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${name}/src/${file}`),
)

/** The literals of a file, and those who call `RegExp`. */
const literalsOf = (file: string): ReadonlyArray<readonly [at: string, literal: string]> => {
  const source = ts.createSourceFile(file, readFileSync(new URL(file, packages), "utf8"), ts.ScriptTarget.Latest, true)
  const found: Array<readonly [string, string]> = []
  const visit = (node: ts.Node): void => {
    const called = ts.isNewExpression(node) || ts.isCallExpression(node) ? node.expression.getText(source) : ""
    if (ts.isRegularExpressionLiteral(node) || called === "RegExp") {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push([`${file}:${line + 1}`, node.getText(source)])
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const expressions = sources.flatMap(literalsOf)

const regExpOf = (literal: string): RegExp => {
  const end = literal.lastIndexOf("/")
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

/** Without `*`, `+` and `{n,}` no more is looked at than so many characters from each place. */
const isBounded = (literal: string): boolean =>
  !/[*+]|\{\d+,\}/.test(regExpOf(literal).source.replace(/\\.|\[(?:\\.|[^\\\]])*\]/g, "x"))

/** Texts that match, as far as fast-check can make them; else what is written in the expression itself. */
const matching = (literal: string): ReadonlyArray<string> => {
  const { flags, source } = regExpOf(literal)
  const written = source.replace(/\\[sdw]|[\\^$()[\]{}|?*+]/g, (_) => ({ "\\s": " ", "\\d": "1", "\\w": "a" })[_] ?? "")
  try {
    const plain = fc.stringMatching(new RegExp(source, flags.replace(/[gyi]/g, "")))
    return [written, ...fc.sample(plain, { numRuns: 8, seed: 1 })]
  } catch {
    return [written]
  }
}

const long = 30_000
const common = [" ", "\t", "a", "A", "1", "/", ".", ":", ";", "-", "=", "@", "%", "&", "<", "\\", "\u001b["]

/** Long texts that nearly match: what matches up to a point, what stands there again and again, and no end to it. */
const inputs = function* (literal: string): Generator<string> {
  const seen = new Set<string>()
  for (const sample of matching(literal).map((text) => text.slice(0, 60))) {
    for (let at = 0; at <= sample.length; at++) {
      const before = sample.slice(0, at)
      for (const pump of [sample.slice(at - 1, at), sample.slice(at - 2, at), before, ...(at === 0 ? common : [])]) {
        const key = `${before}\n${pump}`
        if (pump === "" || seen.has(key)) continue
        seen.add(key)
        yield `${before}${pump.repeat(long / pump.length)}\u0000`
      }
    }
    for (const pump of common) yield `${sample}${pump.repeat(long)}\u0000`
  }
}

const cpuOf = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1000
}

/** In milliseconds of CPU: what is linear takes one, what is quadratic a thousand. */
const most = 100

/** The first of the long texts that takes too long, twice. */
const slow = (literal: string): string | undefined => {
  for (const text of inputs(literal)) {
    const run = () => void text.replace(regExpOf(literal), "")
    if (cpuOf(run) > most && cpuOf(run) > most) return JSON.stringify(`${text.slice(0, 80)}…`)
  }
  return undefined
}

describe("a regular expression is linear", () => {
  it("all are found, and are literals", () => {
    assert.isAbove(expressions.length, 80)
    for (const [at, literal] of expressions) assert.match(literal, /^\/.*\/[a-z]*$/su, at)
  })

  it("one that is not is recognised", () => {
    for (const literal of ["/\\/+$/", "/[\\w.]*@/g"]) {
      assert.isFalse(isBounded(literal), literal)
      assert.isDefined(slow(literal), literal)
    }
    for (const literal of ["/^a.[*+]\\+{2}$/", "/[\\]*]/"]) assert.isTrue(isBounded(literal), literal)
  })

  for (const [at, literal] of expressions.filter(([, literal]) => !isBounded(literal))) {
    it(`${at} ${literal}`, () => assert.isUndefined(slow(literal)))
  }
})
