import * as Util from "node:util"

type Listener = (text: string) => void

const listeners = new Set<Listener>()
let restore: ReadonlyArray<() => void> = []
let only: Listener | undefined

const heard = (args: ReadonlyArray<unknown>): void => {
  const text = Util.formatWithOptions({ depth: Number.POSITIVE_INFINITY }, ...args)
  for (const listener of only === undefined ? listeners : [only]) listener(text)
}

/** Passes all output of the global console to the listener, and prints nothing, until `unlisten`. */
export const listen = (listener: Listener): void => {
  listeners.add(listener)
  if (listeners.size > 1) return
  // The methods are replaced, not the object: Effect's console service keeps a reference to the object.
  restore = Object.entries(console).flatMap(([name, method]) => {
    if (typeof method !== "function") return []
    Reflect.set(console, name, (...args: ReadonlyArray<unknown>) => heard(args))
    return [() => Reflect.set(console, name, method)]
  })
}

export const unlisten = (listener: Listener): void => {
  listeners.delete(listener)
  if (listeners.size > 0) return
  for (const undo of restore) undo()
  restore = []
}

/** Passes the output of `print` to this listener only. */
export const printing = (listener: Listener, print: () => void): void => {
  only = listener
  try {
    print()
  } finally {
    only = undefined
  }
}
