import { UserId } from "@effect-tiledb/schema"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Match from "effect/Match"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Faults from "../../Faults.js"
import { GivenSwitches } from "../api/peoplePolicy.js"

const Text = Schema.String
const Name = Schema.NonEmptyString
const Secret = Schema.Redacted(
  Schema.NonEmptyString.annotations({ message: () => "Expected a text that is not empty" }),
)
const When = Schema.Literal("before", "after")
export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Unknown properties are most likely misspelt, so they are refused. */
const strict = { parseOptions: { errors: "all", onExcessProperty: "error" } } as const

const closed = <Fields extends Schema.Struct.Fields>(identifier: string, description: string, fields: Fields) =>
  Schema.Struct(fields).annotations({ identifier, description, ...strict })

/** Milliseconds, or a text such as "30 seconds". */
export const Time = Schema.transformOrFail(
  Schema.Union(Schema.NonNegative, Text).annotations({
    description: "Milliseconds, or a text such as `30 seconds`, `5 minutes`, `2 hours`, `7 days`",
  }),
  Schema.DurationFromSelf,
  {
    strict: true,
    decode: (given, _options, ast) =>
      Either.fromOption(
        Duration.decodeUnknown(given),
        () => new ParseResult.Type(ast, given, "Expected milliseconds or a text such as 30 seconds"),
      ),
    encode: (duration) => ParseResult.succeed(Duration.toMillis(duration)),
  },
).annotations({ identifier: "Time" })

/** What may be changed of a user. */
const changeable = {
  email: optional(Name).annotations({ description: "The address; default: the username at example.com" }),
  password: optional(Secret).annotations({ description: "The password; default: pw- and the username" }),
  role: optional(Schema.Literal("owner", "admin", "member")).annotations({ description: "Default: member" }),
  confirmed: optional(Schema.Boolean).annotations({ description: "Whether the address is confirmed; default: true" }),
  display_name: optional(Text).annotations({ description: "The name others see; default: the username" }),
  timezone: optional(Text).annotations({ description: "The time zone; default: the policy's" }),
}

export const UserSeed = closed("UserSeed", "A user to start with; all but the username has a default", {
  username: Name.annotations({ description: "The name to sign in with" }),
  ...changeable,
  apiKey: optional(Secret).annotations({ description: "An API key of this user; default: none" }),
  bearer: optional(Secret).annotations({ description: "A bearer token of this user; default: none" }),
  id: optional(UserId).annotations({ description: "The id; default: one from the seed" }),
  image_id: optional(Text).annotations({ description: "The id of the picture; default: none" }),
  created_at: optional(Schema.DateTimeUtc).annotations({ description: "Default: when the deployment starts" }),
  updated_at: optional(Schema.DateTimeUtc).annotations({ description: "Default: created_at" }),
})

export const UserChanges = closed("UserChanges", "What to change of a user; what is left out stays", changeable)

const WorkspaceSeed = closed("WorkspaceSeed", "A workspace, and which users have which role in it", {
  name: Name,
  owner: Name.annotations({ description: "The username of its creator" }),
  admins: optional(Schema.Array(Name)),
  members: optional(Schema.Array(Name)),
  description: optional(Text),
  id: optional(Name),
})

const Policy = closed("Policy", "What the API's document leaves open", {
  minimumPasswordLength: optional(Schema.NonNegativeInt),
  checkEmail: optional(Schema.Boolean),
  loginNeedsConfirmation: optional(Schema.Boolean),
  createUser: optional(Schema.Literal("anyone", "admins")),
  readUsers: optional(Schema.Literal("anyone", "workspace", "admins")),
  confirmationForUnknown: optional(Schema.Literal(204, 404)),
  tokenLifetime: optional(
    Schema.Struct({ confirm_email: optional(Time), password_reset: optional(Time), api: optional(Time) }),
  ),
  people: optional(GivenSwitches),
  defaultTimezone: optional(Name),
})

const RateLimit = Schema.Struct({
  calls: Schema.Positive.pipe(Schema.int()),
  per: Time,
  by: optional(Schema.Literal("credential", "deployment")),
}).annotations({ identifier: "RateLimit", ...strict })

const Status = Schema.Int.pipe(Schema.between(100, 599))

const acting = { when: optional(When) }
const status = { status: optional(Status) }
const HeaderValue = Text.pipe(Schema.pattern(/^[\t -~\u0080-\u00ff]*$/))
const headers = Schema.Record({ key: Text.pipe(Schema.pattern(/^[\w!#$%&'*+.^`|~-]+$/)), value: HeaderValue })

/** A fault as JSON: the name and the arguments of its constructor. */
const Fault = Schema.Union(
  Schema.TaggedStruct("Answer", { status: Status, headers: optional(headers), body: optional(Text), ...acting }),
  Schema.TaggedStruct("Status", { status: Status, message: optional(Text), retryAfter: optional(Time), ...acting }),
  Schema.TaggedStruct("Html", status),
  Schema.TaggedStruct("Empty", status),
  Schema.TaggedStruct("Redirect", { location: HeaderValue, status: optional(Schema.Literal(301, 302, 303, 307, 308)) }),
  Schema.TaggedStruct("Oversized", { bytes: Schema.Int.pipe(Schema.between(1, 2 ** 28)) }),
  Schema.TaggedStruct("Reset", acting),
  Schema.TaggedStruct("Refuse", {}),
  Schema.TaggedStruct("Silence", acting),
  Schema.TaggedStruct("Delay", { duration: Time, part: optional(Schema.Literal("head", "body")) }),
  Schema.TaggedStruct("CutHead", {}),
  Schema.TaggedStruct("CutBody", { end: optional(Schema.Literal("reset", "stall")) }),
  Schema.TaggedStruct("TruncatedJson", {}),
  Schema.TaggedStruct("Merge", { fields: Schema.Record({ key: Text, value: Schema.Unknown }) }),
).annotations({
  identifier: "Fault",
  ...strict,
  description: "The fault, by `_tag`; the other fields are those of the constructors of Faults",
})

const toFault = Match.typeTags<typeof Fault.Type>()({
  Answer: (fault) => Faults.answer(fault),
  Status: (fault) => Faults.status(fault.status, fault),
  Html: ({ status }) => Faults.html(status),
  Empty: ({ status }) => Faults.empty(status),
  Redirect: ({ location, status }) => Faults.redirect(location, status),
  Oversized: ({ bytes }) => Faults.oversized(bytes),
  Reset: ({ when }) => Faults.reset(when),
  Silence: ({ when }) => Faults.silence(when),
  Delay: ({ duration, part }) => Faults.delay(duration, part),
  CutBody: ({ end }) => Faults.cutBody(end),
  Merge: ({ fields }) => Faults.merge(fields),
  Refuse: (fault) => fault,
  CutHead: (fault) => fault,
  TruncatedJson: (fault) => fault,
})

/** Of any group: the deployment itself refuses a name that none of its groups has. */
const Operation = Name.annotations({
  identifier: "Operation",
  description: "An operation, such as getUser, or of another group Teams.list",
})

const oneOrMore = <A, I>(schema: Schema.Schema<A, I>) => Schema.Union(schema, Schema.NonEmptyArray(schema))
const Count = Schema.Positive.pipe(Schema.int())

export const FaultRule = closed("FaultRule", "A fault, or several, and the calls that it befalls", {
  fault: oneOrMore(Fault),
  operation: optional(oneOrMore(Operation)).annotations({ description: "The operations it applies to; default: all" }),
  nth: optional(oneOrMore(Count)).annotations({ description: "The numbers of their calls, from 1; default: all" }),
  probability: optional(Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1))),
  seed: optional(Schema.Union(Text, Schema.Number)),
})

/** The rule as `Faults` takes it. It is optional: a server does not report rules that never struck. */
export const toRule = ({ fault, ...rest }: typeof FaultRule.Type): Faults.Rule => ({
  fault: "_tag" in fault ? toFault(fault) : fault.map(toFault),
  optional: true,
  ...rest,
})

const Port = Schema.Int.pipe(Schema.between(0, 65535))

/** The configuration of a deployment in a file. */
export const Config = closed("DeploymentConfig", "How a deployment starts; everything has a default", {
  port: optional(Port),
  controlPort: optional(Port),
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
})
