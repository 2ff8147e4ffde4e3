import { Operations, UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Faults from "../../Faults.js"

const Text = Schema.String
const Name = Schema.NonEmptyString
const Secret = Schema.Redacted(
  Schema.NonEmptyString.annotations({ message: () => "Expected a text that is not empty" }),
)
const When = Schema.Literal("before", "after")
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Unknown properties are most likely misspelt, so they are refused. */
const closed = { parseOptions: { errors: "all", onExcessProperty: "error" } } as const

/** Milliseconds, or a text such as "30 seconds". */
export const Time = Schema.transformOrFail(
  Schema.Union(Schema.NonNegative, Text).annotations({
    description: "Milliseconds, or a text such as `30 seconds`, `5 minutes`, `2 hours`, `7 days`",
  }),
  Schema.DurationFromSelf,
  {
    strict: true,
    decode: (given, _options, ast) =>
      Option.match(Duration.decodeUnknown(given), {
        onNone: () =>
          ParseResult.fail(new ParseResult.Type(ast, given, "Expected milliseconds or a text such as 30 seconds")),
        onSome: ParseResult.succeed,
      }),
    encode: (duration) => ParseResult.succeed(Duration.toMillis(duration)),
  },
).annotations({ identifier: "Time" })

export const UserSeed = Schema.Struct({
  username: Name.annotations({ description: "The name to log in with" }),
  email: optional(Name).annotations({ description: "The address; default: the username at example.com" }),
  password: optional(Secret).annotations({ description: "The password; default: pw- and the username" }),
  apiKey: optional(Secret).annotations({ description: "An API key of this user; default: none" }),
  bearer: optional(Secret).annotations({ description: "A bearer token of this user; default: none" }),
  role: optional(Schema.Literal("owner", "admin", "member")).annotations({ description: "Default: member" }),
  confirmed: optional(Schema.Boolean).annotations({ description: "Whether the address is confirmed; default: true" }),
  display_name: optional(Text).annotations({ description: "The name others see; default: the username" }),
  timezone: optional(Text).annotations({ description: "The time zone; default: the policy's" }),
  id: optional(UserId).annotations({ description: "The id; default: one from the seed" }),
  image_id: optional(Text).annotations({ description: "The id of the picture; default: none" }),
  created_at: optional(Schema.DateTimeUtc).annotations({ description: "Default: when the deployment starts" }),
  updated_at: optional(Schema.DateTimeUtc).annotations({ description: "Default: created_at" }),
}).annotations({
  identifier: "UserSeed",
  ...closed,
  description: "A user to start with; all but the username has a default",
})

export const UserChanges = Schema.Struct({
  email: optional(Name),
  password: optional(Secret),
  role: optional(Schema.Literal("owner", "admin", "member")),
  confirmed: optional(Schema.Boolean),
  display_name: optional(Text),
  timezone: optional(Text),
}).annotations({
  identifier: "UserChanges",
  ...closed,
  description: "What to change of a user; what is left out stays",
})

const WorkspaceSeed = Schema.Struct({
  name: Name,
  owner: Name.annotations({ description: "The username of who created it" }),
  admins: optional(Schema.Array(Name)),
  members: optional(Schema.Array(Name)),
  description: optional(Text),
  id: optional(Name),
}).annotations({
  identifier: "WorkspaceSeed",
  ...closed,
  description: "A workspace, and which users have which role in it",
})

const Policy = Schema.Struct({
  minimumPasswordLength: optional(Schema.NonNegativeInt),
  loginNeedsConfirmation: optional(Schema.Boolean),
  createUser: optional(Schema.Literal("anyone", "admins")),
  readUsers: optional(Schema.Literal("anyone", "workspace", "admins")),
  confirmationForUnknown: optional(Schema.Literal(204, 404)),
  tokenLifetime: optional(Schema.Struct({ confirm_email: optional(Time), password_reset: optional(Time) })),
  defaultTimezone: optional(Name),
}).annotations({ identifier: "Policy", ...closed, description: "What the API's document leaves open" })

const RateLimit = Schema.Struct({
  calls: Schema.Positive.pipe(Schema.int()),
  per: Time,
  by: optional(Schema.Literal("credential", "deployment")),
}).annotations({ identifier: "RateLimit", ...closed })

const Status = Schema.Int.pipe(Schema.between(100, 599))

/** The constructors of `Faults`, by name. */
const faults = {
  Answer: Schema.TaggedStruct("Answer", {
    status: Status,
    headers: optional(Schema.Record({ key: Text, value: Text })),
    body: optional(Text),
    when: optional(When),
  }),
  Status: Schema.TaggedStruct("Status", {
    status: Status,
    message: optional(Text),
    retryAfter: optional(Time),
    when: optional(When),
  }),
  Html: Schema.TaggedStruct("Html", { status: optional(Status) }),
  Empty: Schema.TaggedStruct("Empty", { status: optional(Status) }),
  Redirect: Schema.TaggedStruct("Redirect", {
    location: Text,
    status: optional(Schema.Literal(301, 302, 303, 307, 308)),
  }),
  Oversized: Schema.TaggedStruct("Oversized", { bytes: Schema.Int.pipe(Schema.between(1, 2 ** 28)) }),
  Reset: Schema.TaggedStruct("Reset", { when: optional(When) }),
  Refuse: Schema.TaggedStruct("Refuse", {}),
  Silence: Schema.TaggedStruct("Silence", { when: optional(When) }),
  Delay: Schema.TaggedStruct("Delay", { duration: Time, part: optional(Schema.Literal("head", "body")) }),
  CutHead: Schema.TaggedStruct("CutHead", {}),
  CutBody: Schema.TaggedStruct("CutBody", { end: optional(Schema.Literal("reset", "stall")) }),
  TruncatedJson: Schema.TaggedStruct("TruncatedJson", {}),
  Merge: Schema.TaggedStruct("Merge", { fields: Schema.Record({ key: Text, value: Schema.Unknown }) }),
} as const

const Fault = Schema.Union(...Object.values(faults)).annotations({
  identifier: "Fault",
  ...closed,
  description: "What goes wrong; `_tag` says which, the rest is as in the constructors of Faults",
})

const toFault = (fault: typeof Fault.Type): Faults.Fault => {
  switch (fault._tag) {
    case "Answer":
      return Faults.answer(fault)
    case "Status":
      return Faults.status(fault.status, fault)
    case "Html":
      return Faults.html(fault.status)
    case "Empty":
      return Faults.empty(fault.status)
    case "Redirect":
      return Faults.redirect(fault.location, fault.status)
    case "Oversized":
      return Faults.oversized(fault.bytes)
    case "Reset":
      return Faults.reset(fault.when)
    case "Refuse":
      return Faults.refuse
    case "Silence":
      return Faults.silence(fault.when)
    case "Delay":
      return Faults.latency(Faults.fixed(fault.duration), fault.part)
    case "CutHead":
      return Faults.cutHead
    case "CutBody":
      return Faults.cutBody(fault.end)
    case "TruncatedJson":
      return Faults.truncatedJson
    case "Merge":
      return Faults.merge(fault.fields)
  }
}

const OperationName = Schema.Literal(...Object.values(Operations).map(({ name }) => name)).annotations({
  identifier: "OperationName",
})

const oneOrMore = <A, I>(schema: Schema.Schema<A, I>) => Schema.Union(schema, Schema.NonEmptyArray(schema))
const Count = Schema.Positive.pipe(Schema.int())

export const FaultRule = Schema.Struct({
  fault: oneOrMore(Fault),
  operation: optional(oneOrMore(OperationName)).annotations({ description: "Which operations; default: all" }),
  nth: optional(oneOrMore(Count)).annotations({ description: "Which of their calls, from 1; default: all" }),
  probability: optional(Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1))),
  seed: optional(Schema.Union(Text, Schema.Number)),
}).annotations({
  identifier: "FaultRule",
  ...closed,
  description: "A fault, or several, and the calls that it befalls",
})

/** The rule as `Faults` takes it. It is optional: a server does not report rules that never struck. */
export const toRule = ({ fault, ...rest }: typeof FaultRule.Type): Faults.Rule => ({
  fault: "_tag" in fault ? toFault(fault) : fault.map(toFault),
  optional: true,
  ...rest,
})

/** The configuration of a deployment in a file. */
export const Config = Schema.Struct({
  port: optional(Schema.Int.pipe(Schema.between(0, 65535))),
  controlPort: optional(Schema.Int.pipe(Schema.between(0, 65535))),
  cors: optional(Schema.Array(Text)),
  hosts: optional(Schema.Array(Name)),
  seed: optional(Schema.Union(Text, Schema.Number)),
  now: optional(Schema.DateTimeUtc),
  latency: optional(Time),
  journalSize: optional(Count),
  users: optional(Schema.Array(UserSeed)),
  workspaces: optional(Schema.Array(WorkspaceSeed)),
  policy: optional(Policy),
  rateLimit: optional(RateLimit),
  faults: optional(Schema.Array(FaultRule)),
}).annotations({
  identifier: "DeploymentConfig",
  ...closed,
  description: "How a deployment starts; everything has a default",
})
