/** Computes a value once per key, at its first use; in a `WeakMap` it is forgotten with the key. */
export const memoised =
  <Key, Value>(
    compute: (key: Key) => Value,
    known: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown } = new Map(),
  ): ((key: Key) => Value) =>
  (key) => {
    let value = known.get(key)
    // Stryker disable next-line ConditionalExpression: saves computing the same value again
    if (value === undefined) {
      value = compute(key)
      known.set(key, value)
    }
    return value
  }
