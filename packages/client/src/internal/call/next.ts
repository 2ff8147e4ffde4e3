import type { Authorization, Authorizer } from "../attempt/authorizer.js"
import type { Call } from "../call.js"
import type { Failure } from "../failure/failure.js"
import * as Outcome from "../failure/outcome.js"
import { type Decision, decide, type Failed } from "../retry/decide.js"
import type { Run } from "./run.js"

/** What follows an attempt that has failed. */
export type Next =
  | Decision
  /** The request is retried at once, with another credential than the refused one. */
  | { readonly _tag: "Renew"; readonly refused: Authorization }
  /** The call has succeeded all the same. */
  | { readonly _tag: "End"; readonly stopped: undefined; readonly done: true }

/** How the last attempt of a call failed, with which credential, and what a retry depends on. */
export interface LastAttempt extends Pick<Failed, "failure" | "remaining" | "random" | "affordable"> {
  readonly authorization: Authorization | undefined
}

/** What the decision needs of a call. */
export interface Past extends Pick<Run, "attempts" | "earlierUnknown" | "policy" | "refused"> {
  readonly authorizer: Pick<Authorizer, "waits">
  readonly call: Pick<Call, "operation" | "token">
}

/** Whether the failure is that of the attempt before: no other credential was available, so nothing was sent. */
export const isUnchanged = ({ refused }: Past, failure: Failure): boolean => failure === refused?.failure

/** Decides whether a call makes another attempt after this one. */
export const next = (run: Past, last: LastAttempt): Next => {
  const { attempts, call, earlierUnknown, policy, refused } = run
  const { affordable, authorization, failure, random, remaining } = last
  if (isUnchanged(run, failure)) return { _tag: "End", stopped: undefined }
  // An earlier attempt of unknown outcome may have deleted the user: then "not found" is a success.
  if (failure._tag === "Status" && Outcome.ofCall(call.operation, failure, earlierUnknown) === "Done") {
    return { _tag: "End", stopped: undefined, done: true }
  }
  if (authorization !== undefined && remaining > 0 && isRenewable(run, failure)) {
    return { _tag: "Renew", refused: authorization }
  }
  // A request with a 401 was not acted on and says nothing about the service's health: the policy does not count it.
  const number = attempts.length + (refused === undefined ? 1 : 0)
  return decide(policy, { operation: call.operation, failure, number, remaining, random, affordable })
}

/** Whether another credential may be available after a refused one. It is requested once per call. */
const isRenewable = ({ authorizer, call, refused }: Past, failure: Failure): boolean =>
  refused === undefined &&
  failure._tag === "Status" &&
  failure.status === 401 &&
  call.token === undefined &&
  authorizer.waits
