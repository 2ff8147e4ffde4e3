import * as Hash from "effect/Hash"

/** Reads what a caller gave: a getter or a proxy may throw, a secret may be wiped, and what is thrown may quote it. */
export const guarded = <A>(read: () => A, otherwise: () => A): A => {
  try {
    return read()
  } catch {
    return otherwise()
  }
}

/** What was given, if Effect can keep it for a fiber, which compares it; otherwise what no call takes. */
export const comparable = <A extends object>(given: A): A =>
  guarded(
    () => {
      Hash.hash(given)
      return given
    },
    () => ({}) as A, // refused where it is used
  )
