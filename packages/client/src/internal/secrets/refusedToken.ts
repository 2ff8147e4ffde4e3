import type * as Redacted from "effect/Redacted"
import { perProcess } from "../runtime/global.js"

/** By the effect that gets a token: what is called with a token that got a 401, before the effect runs again. */
export const onRefused: WeakMap<object, (token: Redacted.Redacted<string>) => void> = perProcess(
  "Credentials/onRefused",
  () => new WeakMap(),
)
