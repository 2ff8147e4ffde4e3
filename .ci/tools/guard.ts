// Part of each published package, put there by entries.ts: what is looked at when one of its modules is imported.
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as GlobalValue from "effect/GlobalValue"
import * as ModuleVersion from "effect/ModuleVersion"

// entries.ts puts the package's own in their place.
declare const PACKAGE: string
declare const LOWEST: string

const found = ModuleVersion.getCurrentVersion()
const fits = `${PACKAGE} needs one copy of effect, ${LOWEST} or a later 3.x`

const numbers = (version: string) => version.split(".").map((part) => Number.parseInt(part, 10))
const [major = 0, minor = 0, patch = 0] = numbers(found)
const [onlyMajor = 0, lowestMinor = 0, lowestPatch = 0] = numbers(LOWEST)
if (major !== onlyMajor || minor < lowestMinor || (minor === lowestMinor && patch < lowestPatch)) {
  throw new Error(`${fits}, and found ${found}: install effect@^${LOWEST}`)
}

// All copies in a process share their global values, which the first copy made; this is not one of them.
const copyOf = (made: Effect.Effect<unknown>) => made[Effect.EffectTypeId]
if (copyOf(FiberRef.currentConcurrency) !== copyOf(FiberRef.unsafeMake(0))) {
  GlobalValue.globalValue("@effect-tiledb/second-effect", () =>
    console.warn(
      `${fits}, and found a second one, ${found}: npm ls effect shows who brings it, npm dedupe may join them`,
    ),
  )
}
