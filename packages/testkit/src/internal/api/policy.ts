import * as Duration from "effect/Duration"
import * as People from "./peoplePolicy.js"

/**
 * What the API's document leaves open, as options. Each has a default, so a test sets only the relevant ones.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** The minimum length of a new password; a shorter one gets a 400 on that field. Default 1. */
  readonly minimumPasswordLength: number
  /** Whether an address must have the form name@host; another gets a 400 on that field. Default true. */
  readonly checkEmail: boolean
  /** Whether Basic credentials work only once the e-mail address is confirmed (403 until then). Default false. */
  readonly loginNeedsConfirmation: boolean
  /** Who may call `createUser`: any caller, signed in or not, or only admins and owners. Default "anyone". */
  readonly createUser: "anyone" | "admins"
  /**
   * Who may read other users: any signed-in user, users in a common workspace, or only admins and owners. A caller who
   * may change a user may read that user too. Default "anyone".
   */
  readonly readUsers: "anyone" | "workspace" | "admins"
  /** Whether `requestEmailConfirmation` reports an unknown user (404) or hides it (204). Default 404. */
  readonly confirmationForUnknown: 204 | 404
  /** What the API's document leaves open about workspaces, invitations and tokens. */
  readonly people: People.PeoplePolicy
  /** How long tokens last. Default 24 hours for confirm_email, 1 hour for password_reset, 30 minutes for api. */
  readonly tokenLifetime: {
    /** How long a token of `requestEmailConfirmation` lasts. Default 24 hours. */
    readonly confirm_email: Duration.DurationInput
    /** How long a token of `requestPasswordReset` lasts. Default 1 hour. */
    readonly password_reset: Duration.DurationInput
    /** How long a token of `createToken` lasts that is asked for without an end. Default 30 minutes. */
    readonly api: Duration.DurationInput
  }
  /** The time zone of users who register without one. Default "UTC". */
  readonly defaultTimezone: string
}

const defaults: Policy = {
  minimumPasswordLength: 1,
  checkEmail: true,
  loginNeedsConfirmation: false,
  createUser: "anyone",
  readUsers: "anyone",
  confirmationForUnknown: 404,
  people: People.defaults,
  tokenLifetime: { confirm_email: Duration.hours(24), password_reset: Duration.hours(1), api: Duration.minutes(30) },
  defaultTimezone: "UTC",
}

/** The defaults, replaced by the given values; each token lifetime and each switch of `people` separately. */
export const make = (given: PartialPolicy = {}): Policy => ({
  ...defaults,
  ...given,
  people: { ...defaults.people, ...given.people },
  tokenLifetime: { ...defaults.tokenLifetime, ...given.tokenLifetime },
})

/**
 * A policy with only some of the options; the others have their defaults.
 *
 * @since 0.1.0
 * @category models
 */
export type PartialPolicy = Partial<Omit<Policy, "people" | "tokenLifetime">> & {
  /** What is left open about workspaces, invitations and tokens; an absent switch keeps its default. */
  readonly people?: Partial<Policy["people"]>
  /** How long tokens last; an absent kind keeps its default. */
  readonly tokenLifetime?: Partial<Policy["tokenLifetime"]>
}
