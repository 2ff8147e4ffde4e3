/** How a value is traversed: as `util.inspect` does, or as `JSON.stringify` does. */
type Eyes = "inspect" | "json"

/** Far more than a fiber and all its services contain. */
const enough = 100_000

const inspectMethod = Symbol.for("nodejs.util.inspect.custom")

/** A getter or method that throws counts as absent. */
const attempt = (read: () => unknown): unknown => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const method = (u: object, name: PropertyKey, ...args: ReadonlyArray<unknown>): unknown =>
  attempt(() => {
    const found = Reflect.get(u, name)
    return typeof found === "function" ? Reflect.apply(found, u, [...args]) : undefined
  })

const within: Readonly<Record<Eyes, (u: object) => ReadonlyArray<unknown>>> = {
  // Accessors are shown as such; properties that are not enumerable are shown on demand.
  inspect: (u) => [
    method(u, inspectMethod, Number.POSITIVE_INFINITY, {}),
    ...Reflect.ownKeys(u).flatMap((key) => [key, attempt(() => Reflect.getOwnPropertyDescriptor(u, key)?.value)]),
    ...(u instanceof Map || u instanceof Set ? [...u.entries()].flat() : []),
  ],
  json: (u) => {
    const json = method(u, "toJSON", "")
    return json === undefined ? Object.keys(u).flatMap((key) => [key, attempt(() => Reflect.get(u, key))]) : [json]
  },
}

/**
 * All texts that are reachable from a value: the content of its printed form, in linear time. A printer repeats every
 * value that is reachable on two paths, and the parts of a fiber are reachable on thousands.
 */
export const reach = (of: unknown, eyes: Eyes): string => {
  const texts: Array<string> = []
  const seen = new Set<unknown>()
  const queue: Array<unknown> = [of]
  for (let at = 0; at < queue.length && at < enough; at++) {
    const u = queue[at]
    if (typeof u === "string" || typeof u === "bigint" || typeof u === "number") texts.push(String(u))
    if (typeof u === "symbol") texts.push(u.description ?? "")
    if ((typeof u !== "object" && typeof u !== "function") || u === null || seen.has(u)) continue
    seen.add(u)
    if (ArrayBuffer.isView(u)) texts.push(new Uint8Array(u.buffer, u.byteOffset, u.byteLength).join(","))
    else if (typeof u === "object" || eyes === "inspect") queue.push(...within[eyes](u))
  }
  return texts.join("\n")
}
