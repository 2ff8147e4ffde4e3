import type { ValidationErrorField } from "@effect-tiledb/schema"

// `code` stands for a place in the server's source, as with the real service: stable, but not the HTTP status.
const kinds = {
  invalidRequest: { status: 400, code: 10201, message: "The request is not valid" },
  bodyMissing: { status: 400, code: 10203, message: "The request requires a JSON object as its body" },
  malformedJson: { status: 400, code: 10204, message: "The body is not JSON" },
  malformedHttp: { status: 400, code: 10205, message: "The request is not HTTP" },
  unauthorized: { status: 401, code: 10301, message: "The credential is missing or not valid" },
  unconfirmed: { status: 403, code: 10302, message: "Confirm your e-mail address before you sign in" },
  forbidden: { status: 403, code: 10303, message: "Your role does not allow this" },
  foreignHost: { status: 403, code: 10304, message: "The Host header is not that of this server" },
  foreignOrigin: { status: 403, code: 10305, message: "Pages of this origin may not use this server" },
  userNotFound: { status: 404, code: 10401, message: "There is no such user" },
  workspaceNotFound: { status: 404, code: 10407, message: "There is no such workspace" },
  memberNotFound: { status: 404, code: 10408, message: "There is no such member in this workspace" },
  invitationNotFound: { status: 404, code: 10409, message: "There is no such open invitation" },
  tokenNotFound: { status: 404, code: 10410, message: "There is no such token" },
  pathNotFound: { status: 404, code: 10402, message: "There is nothing at this path" },
  namespaceNotFound: { status: 404, code: 10406, message: "There is no such namespace on this server" },
  noMail: { status: 404, code: 10405, message: "There is no such e-mail yet" },
  methodNotAllowed: { status: 405, code: 10403, message: "This path does not support this method" },
  timeout: { status: 408, code: 10404, message: "The request took too long to arrive" },
  conflict: { status: 409, code: 10501, message: "The request conflicts with existing data" },
  lastOwner: { status: 409, code: 10502, message: "A workspace requires at least one owner" },
  secondOwner: { status: 409, code: 10503, message: "A workspace allows only one owner" },
  bodyTooLarge: { status: 413, code: 10601, message: "The body is too large" },
  notJson: { status: 415, code: 10602, message: "The body must be application/json, not compressed" },
  expectation: { status: 417, code: 10603, message: "This expectation cannot be met" },
  rateLimited: { status: 429, code: 10701, message: "Too many calls; wait before the next one" },
  headersTooLarge: { status: 431, code: 10604, message: "The headers are too large" },
  defect: { status: 500, code: 10801, message: "The test deployment has a defect; its log has the cause" },
} as const

export type FailureKind = keyof typeof kinds

/** The response of the deployment to a call that it refuses. */
export class Failure {
  readonly status: number
  readonly code: number
  readonly message: string

  constructor(
    kind: FailureKind | Omit<Failure, "requestId" | "fields" | "retryAfter">,
    readonly requestId: string,
    readonly fields: ReadonlyArray<ValidationErrorField> = [],
    /** The value of `Retry-After`, in seconds. */
    readonly retryAfter?: number,
  ) {
    const { status, code, message } = typeof kind === "string" ? kinds[kind] : kind
    this.status = status
    this.code = code
    this.message = message
  }
}
