/** Why there are no tokens, before it becomes an error. */
export interface Problem {
  readonly reason: "Callback" | "State" | "Denied" | "Refused" | "Unavailable" | "Unreadable"
  readonly message: string
  /** The provider's own code, such as `invalid_grant`. */
  readonly error?: string | undefined
  readonly status?: number | undefined
}

/** A provider's error code, if it looks like one; other text is not repeated. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : undefined
