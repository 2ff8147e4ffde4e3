import type { OperationName } from "@effect-tiledb/schema"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"

/**
 * Whether the fault strikes before the service carries out the operation ("before", the default: nothing was done) or
 * after ("after": it was done, but the caller gets no confirmation).
 *
 * @since 0.1.0
 * @category models
 */
export type When = "before" | "after"

/**
 * One fault. Create it with the constructors below.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | {
      readonly _tag: "Answer"
      /** The HTTP status of the response. */
      readonly status: number
      /** The headers of the response. */
      readonly headers: Readonly<Record<string, string>>
      /** The body of the response, as it is sent. */
      readonly body: string | Uint8Array
      /** Whether the service acts first. */
      readonly when: When
    }
  | {
      readonly _tag: "Respond"
      /** Creates the response; if it returns `undefined`, the service responds itself. */
      readonly respond: (request: FaultRequest) => AnswerOptions | undefined
      /** Whether the service acts first. */
      readonly when: When
    }
  | {
      readonly _tag: "Reset"
      /** Whether the service acts before the connection is reset. */
      readonly when: When
    }
  | { readonly _tag: "Refuse" }
  | {
      readonly _tag: "Silence"
      /** Whether the service acts, although it sends no response. */
      readonly when: When
    }
  | {
      readonly _tag: "Delay"
      /** The delayed part: the whole response, or only its body. */
      readonly part: "head" | "body"
      /** How long it is delayed. */
      readonly duration: Duration.Duration
    }
  | { readonly _tag: "CutHead" }
  | {
      readonly _tag: "CutBody"
      /** What follows the first half of the body: the connection is reset, or no more data arrives. */
      readonly end: "reset" | "stall"
    }
  | { readonly _tag: "TruncatedJson" }
  | {
      readonly _tag: "Merge"
      /** The fields that replace those of the response's user, or of its `data`. */
      readonly fields: Readonly<Record<string, unknown>>
    }

/**
 * The argument of the function of `answer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultRequest {
  /** The operation: `getUser`, or of another group `Teams.list`. */
  readonly operation: Operation
  /** The HTTP method. */
  readonly method: string
  /** The path and query, as sent. */
  readonly target: string
  /** The values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** The documented fields of the body, secrets as `Redacted`; `undefined` if the body is no object. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  /** The same of each element of a body that is a list; `undefined` for any other. */
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>>> | undefined
  /** The headers, with lower-case names, without those of the credential. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * An operation: `getUser`, or of another group `Teams.list`, as `qualifiedName` of the schema package says.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation = OperationName | (string & {})

/**
 * One or more faults, and the calls that they apply to.
 *
 * If several rules strike the same call, delays add up, merges apply in order, and the first of the other faults wins.
 * Adding a rule that can never strike fails (`IllegalArgumentException`); a rule that never struck is reported at the
 * end (`FaultNeverStruck`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule {
  /** The fault, or several. */
  readonly fault: Fault | ReadonlyArray<Fault>
  /** The operations that it applies to. Default: all. */
  readonly operation?: Operation | ReadonlyArray<Operation> | undefined
  /** The numbers of the calls that it strikes, counted from 1 since the rule was added. Default: all. */
  readonly nth?: number | ReadonlyArray<number> | undefined
  /** The probability that it strikes each of these calls, above 0 and at most 1. Default 1. */
  readonly probability?: number | undefined
  /** The seed of the probability and the latencies, besides the deployment's own. Default: none. */
  readonly seed?: string | number | undefined
  /** Whether the rule may end without having struck. Default false; true if the probability is below 1. */
  readonly optional?: boolean | undefined
}

/**
 * A rule, and its counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Struck {
  /** The rule. */
  readonly rule: Rule
  /** How many calls of its operations there were while it was in force. */
  readonly calls: number
  /** How many of them it struck. */
  readonly struck: number
}

/**
 * A rule never struck, so the test did not test what it was written for. It is the defect of `withFaults`, of the scope
 * of `inject` and of the scope of the Layer, unless they have failed anyway. `message` names the rule and the calls
 * that were made.
 *
 * @since 0.1.0
 * @category errors
 */
export class FaultNeverStruck extends Data.TaggedError("FaultNeverStruck")<{
  /** The rule, and the calls that were made. */
  readonly message: string
}> {}

/**
 * A response in place of the service's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The status. */
  readonly status: number
  /** The headers. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The body. Default: none. */
  readonly body?: string | Uint8Array | undefined
}
