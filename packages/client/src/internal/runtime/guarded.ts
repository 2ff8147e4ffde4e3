/** Reads what a caller gave: a getter or a proxy may throw, a secret may be wiped, and what is thrown may quote it. */
export const guarded = <A>(read: () => A, otherwise: () => A): A => {
  try {
    return read()
  } catch {
    return otherwise()
  }
}
