type Given<A> = { [K in keyof A]?: Exclude<A[K], undefined> }

/** Drops the fields that are `undefined`. */
export const given = <A extends object>(values: A): Given<A> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<A>
