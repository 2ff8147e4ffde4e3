import * as Util from "node:util"

type Listener = (text: string) => void

const listeners = new Set<Listener>()
let restore: ReadonlyArray<() => void> = []
let only: Listener | undefined

const heard = (args: ReadonlyArray<unknown>): void => {
  const text = Util.formatWithOptions({ depth: Number.POSITIVE_INFINITY }, ...args)
  for (const listener of only === undefined ? listeners : [only]) listener(text)
}

/** Hears what is printed through the global console, which prints nothing meanwhile, until `unlisten`. */
export const listen = (listener: Listener): void => {
  listeners.add(listener)
  if (listeners.size > 1) return
  // The methods are replaced, not the object: Effect's console service holds on to the object.
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

/** What `print` prints goes to this listener alone. */
export const printing = (listener: Listener, print: () => void): void => {
  only = listener
  try {
    print()
  } finally {
    only = undefined
  }
}
