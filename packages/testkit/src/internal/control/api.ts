import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as OpenApi from "@effect/platform/OpenApi"
import { User, UserId } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import { FaultRule, optional, Time, UserChanges, UserSeed } from "./json.js"
import { withSummaries } from "./summaries.js"

const described = (description: string) => Schema.String.annotations({ description })

/** The class of an error of this API; its message says what is wrong. */
const failure =
  <Self>() =>
  <const Tag extends string>(tag: Tag, status: number, description: string) =>
    Schema.TaggedError<Self>(tag)(
      tag,
      {
        /** What is wrong. */
        message: described(description),
      },
      { identifier: tag, ...HttpApiSchema.annotations({ status }) },
    )

/**
 * The request has no control token, or a wrong one.
 *
 * @since 0.1.0
 * @category errors
 */
export class ControlUnauthorized extends failure<ControlUnauthorized>()("ControlUnauthorized", 401, "What to send") {}

/**
 * There is no such user, rule, snapshot or e-mail.
 *
 * @since 0.1.0
 * @category errors
 */
export class ControlNotFound extends failure<ControlNotFound>()("ControlNotFound", 404, "What there is not") {}

/**
 * The request cannot be carried out with these arguments; the message names the problem.
 *
 * @since 0.1.0
 * @category errors
 */
export class ControlRefused extends failure<ControlRefused>()("ControlRefused", 422, "What is wrong, and where") {}

/**
 * Accepts requests with the control token as a bearer token, whose body is JSON that can be read.
 *
 * @since 0.1.0
 * @category tags
 */
export class Authorization extends HttpApiMiddleware.Tag<Authorization>()(
  "@effect-tiledb/testkit/Control/Authorization",
  {
    failure: Schema.Union(ControlUnauthorized, HttpApiDecodeError),
    security: { token: HttpApiSecurity.bearer },
  },
) {}

const Identifier = HttpApiSchema.param("id", Schema.NonEmptyString)
const Who = HttpApiSchema.param("who", Schema.NonEmptyString.annotations({ description: "An id, username or address" }))
const Count = Schema.NumberFromString.pipe(Schema.int(), Schema.nonNegative())
const Status = Schema.Struct({
  users: Schema.Int.annotations({ description: "The number of users" }),
  now: Schema.DateTimeUtc.annotations({ description: "The deployment's time" }),
  userId: UserId.annotations({ description: "The first owner's id" }),
  apiKey: described("An API key of the first owner"),
  bearer: described("A bearer token of the first owner"),
}).annotations({ identifier: "ControlStatus", description: "The deployment as it is now" })

const State = Schema.Struct(
  { format: Schema.Literal("effect-tiledb-testkit"), version: Schema.Literal(1, 2) },
  { key: Schema.String, value: Schema.Unknown },
).annotations({
  identifier: "ControlState",
  description: "The whole state of a deployment, with secrets in clear text",
})

const Email = Schema.Struct({
  kind: Schema.String,
  to: Schema.Struct({ username: Schema.String, email: Schema.String }),
  token: described("The scoped token"),
  time: Schema.DateTimeUtc,
}).annotations({ identifier: "ControlEmail", description: "An e-mail that the deployment sent" })

const Filter = { to: optional(Schema.String), kind: optional(Schema.String) }

const InForce = Schema.Struct({
  id: Schema.NullOr(Schema.String).annotations({
    description: "The id for DELETE /faults/{id}; null for a rule that was not added here",
  }),
  rule: Schema.Unknown.annotations({ description: "The rule, as it was added; one of `--config` normalised" }),
  calls: Schema.Int.annotations({ description: "The number of calls of its operations" }),
  struck: Schema.Int.annotations({ description: "The number of these calls that it applied to" }),
}).annotations({ identifier: "ControlFault", description: "A fault rule in force" })

const Fields = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const Expected = Schema.Struct({
  operation: Schema.String,
  userId: optional(UserId),
  credential: optional(Schema.Literal("None", "ApiKey", "Basic", "Bearer", "ScopedToken", "Unreadable", "Several")),
  input: optional(Fields),
  items: optional(Schema.Array(Fields)),
  query: optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  outcome: optional(Schema.Union(Schema.Number, Schema.String)),
  attempt: optional(Schema.Int),
}).annotations({
  identifier: "ControlExpected",
  description: "The expected call; absent fields match any value",
})

const Diff = Schema.Struct({
  same: Schema.Boolean,
  diff: optional(Schema.String).annotations({ description: "Both as lines to compare, without secrets" }),
}).annotations({ identifier: "ControlDiff" })

const Moment = Schema.DateTimeUtc.annotations({ description: "The deployment's time" })
const Now = Schema.Struct({ now: Moment }).annotations({ identifier: "ControlClock" })

const Ndjson = HttpApiSchema.Text({ contentType: "application/x-ndjson" })

const { NoContent } = HttpApiSchema
const Created = Schema.Struct({ id: Schema.String })
const created = { status: 201 }

const deployment = HttpApiGroup.make("deployment")
  .add(HttpApiEndpoint.get("status", "/deployment").addSuccess(Status))
  .add(HttpApiEndpoint.post("reset", "/deployment/reset").addSuccess(NoContent))
  .add(HttpApiEndpoint.get("exportState", "/deployment/state").addSuccess(State))
  .add(HttpApiEndpoint.put("importState", "/deployment/state").setPayload(State).addSuccess(NoContent))
  .addError(ControlRefused)

const snapshots = HttpApiGroup.make("snapshots")
  .add(HttpApiEndpoint.post("take", "/snapshots").addSuccess(Created, created).addError(ControlRefused))
  .add(HttpApiEndpoint.post("restore")`/snapshots/${Identifier}/restore`.addSuccess(NoContent))
  .add(HttpApiEndpoint.del("drop")`/snapshots/${Identifier}`.addSuccess(NoContent))
  .addError(ControlNotFound)

const Page = Schema.Struct({ offset: optional(Count), limit: optional(Count) })
const ApiKey = Schema.Struct({ apiKey: Schema.String })
const Bearer = Schema.Struct({ bearer: Schema.String })

const users = HttpApiGroup.make("users")
  .add(HttpApiEndpoint.get("list", "/users").setUrlParams(Page).addSuccess(Schema.Array(User)))
  .add(HttpApiEndpoint.post("add", "/users").setPayload(UserSeed).addSuccess(User, created).addError(ControlRefused))
  .add(HttpApiEndpoint.get("get")`/users/${Who}`.addSuccess(User))
  .add(HttpApiEndpoint.patch("change")`/users/${Who}`.setPayload(UserChanges).addSuccess(User).addError(ControlRefused))
  .add(HttpApiEndpoint.post("issueApiKey")`/users/${Who}/api-keys`.addSuccess(ApiKey, created))
  .add(HttpApiEndpoint.post("issueBearer")`/users/${Who}/bearer-tokens`.addSuccess(Bearer, created))
  .addError(ControlNotFound)

const faults = HttpApiGroup.make("faults")
  .add(HttpApiEndpoint.get("list", "/faults").addSuccess(Schema.Array(InForce)))
  .add(
    HttpApiEndpoint.post("add", "/faults").setPayload(FaultRule).addSuccess(Created, created).addError(ControlRefused),
  )
  .add(HttpApiEndpoint.del("remove")`/faults/${Identifier}`.addSuccess(NoContent).addError(ControlNotFound))
  .add(HttpApiEndpoint.del("clear", "/faults").addSuccess(NoContent))

const OfOperation = Schema.Struct({ operation: optional(Schema.String) })

const journal = HttpApiGroup.make("journal")
  .add(HttpApiEndpoint.get("entries", "/journal").setUrlParams(OfOperation).addSuccess(Ndjson))
  .add(HttpApiEndpoint.post("diff", "/journal/diff").setPayload(Schema.Array(Expected)).addSuccess(Diff))
  .add(HttpApiEndpoint.del("clear", "/journal").addSuccess(NoContent))

const Advance = Schema.Struct({ duration: Time })

const clock = HttpApiGroup.make("clock")
  .add(HttpApiEndpoint.get("now", "/clock").addSuccess(Now))
  .add(HttpApiEndpoint.put("set", "/clock").setPayload(Now).addSuccess(Now))
  .add(HttpApiEndpoint.post("advance", "/clock/advance").setPayload(Advance).addSuccess(Now))
  .addError(ControlRefused)

const Answer = Schema.Struct({ token: Schema.String, answer: Schema.Literal("accept", "reject") })
const Take = Schema.Struct({ ...Filter, timeout: optional(Time) })

const mailbox = HttpApiGroup.make("mailbox")
  .add(HttpApiEndpoint.get("list", "/mailbox").setUrlParams(Schema.Struct(Filter)).addSuccess(Schema.Array(Email)))
  .add(HttpApiEndpoint.post("take", "/mailbox/take").setPayload(Take).addSuccess(Email).addError(ControlNotFound))
  .add(
    HttpApiEndpoint.post("answerInvitation", "/mailbox/invitations")
      .setPayload(Answer)
      .addSuccess(NoContent)
      .addError(ControlNotFound),
  )
  .add(HttpApiEndpoint.del("clear", "/mailbox").addSuccess(NoContent))

/**
 * The API of the control port, as an `HttpApi`: each endpoint corresponds to a method of `Deployment`, `Faults`,
 * `Journal` or `Mailbox`.
 *
 * @since 0.1.0
 * @category models
 */
export class Api extends HttpApi.make("tiledb-testkit-control")
  .add(deployment)
  .add(snapshots)
  .add(users)
  .add(faults)
  .add(journal)
  .add(clock)
  .add(mailbox)
  .middleware(Authorization)
  .annotateContext(
    OpenApi.annotations({ title: "Control of a TileDB test deployment", version: "1", transform: withSummaries }),
  ) {}
