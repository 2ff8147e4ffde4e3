/** Under this key a policy remembers what its constructor was given and cannot use; copies have it too. */
export const problems: unique symbol = Symbol.for("@effect-tiledb/client/RetryPolicy/problems")

/** What each unusable part should be. */
export type Problems = { readonly [part: string]: string }

/** A policy, as its constructors make it. */
export interface Checked {
  readonly [problems]?: Problems
  readonly operations: { readonly [name: string]: Checked | undefined }
}

/** The first unusable part of a policy, or of its policies for some operations. */
export const policyProblem = (
  policy: Checked,
  path = "retryPolicy",
): { readonly path: string; readonly message: string } | undefined => {
  for (const [part, expected] of Object.entries(policy[problems] ?? {})) {
    return { path: `${path}.${part}`, message: `should be ${expected}` }
  }
  for (const [name, other] of Object.entries(policy.operations)) {
    const problem = other === undefined ? undefined : policyProblem(other, `${path}.operations.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}
