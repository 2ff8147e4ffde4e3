import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { User, UserId } from "@effect-tiledb/schema"
import * as Schema from "effect/Schema"
import { Authorization, ControlNotFound, ControlRefused } from "./failures.js"
import { FaultRule, optional, Time, UserChanges, UserSeed } from "./json.js"

const described = (description: string) => Schema.String.annotations({ description })

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
  rule: Schema.Unknown.annotations({ description: "The rule, as it was added" }),
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
  .add(
    HttpApiEndpoint.get("status", "/deployment")
      .annotate(OpenApi.Summary, "Returns the number of users, the time, and credentials of the first owner")
      .addSuccess(Status),
  )
  .add(
    HttpApiEndpoint.post("reset", "/deployment/reset")
      .annotate(OpenApi.Summary, "Resets the deployment to its start")
      .addSuccess(NoContent),
  )
  .add(
    HttpApiEndpoint.get("exportState", "/deployment/state")
      .annotate(OpenApi.Summary, "Returns the whole state, as `--export-on-exit` writes it")
      .addSuccess(State),
  )
  .add(
    HttpApiEndpoint.put("importState", "/deployment/state")
      .annotate(OpenApi.Summary, "Replaces the whole state")
      .setPayload(State)
      .addSuccess(NoContent),
  )
  .addError(ControlRefused)

const snapshots = HttpApiGroup.make("snapshots")
  .add(
    HttpApiEndpoint.post("take", "/snapshots")
      .annotate(OpenApi.Summary, "Takes a snapshot of the state")
      .addSuccess(Created, created)
      .addError(ControlRefused),
  )
  .add(
    HttpApiEndpoint.post("restore")`/snapshots/${Identifier}/restore`
      .annotate(OpenApi.Summary, "Restores a snapshot; it can be restored again")
      .addSuccess(NoContent),
  )
  .add(
    HttpApiEndpoint.del("drop")`/snapshots/${Identifier}`
      .annotate(OpenApi.Summary, "Drops a snapshot")
      .addSuccess(NoContent),
  )
  .addError(ControlNotFound)

const Page = Schema.Struct({ offset: optional(Count), limit: optional(Count) })
const ApiKey = Schema.Struct({ apiKey: Schema.String })
const Bearer = Schema.Struct({ bearer: Schema.String })

const users = HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/users")
      .annotate(OpenApi.Summary, "Lists the users")
      .setUrlParams(Page)
      .addSuccess(Schema.Array(User)),
  )
  .add(
    HttpApiEndpoint.post("add", "/users")
      .annotate(OpenApi.Summary, "Adds a user, without an e-mail")
      .setPayload(UserSeed)
      .addSuccess(User, created)
      .addError(ControlRefused),
  )
  .add(HttpApiEndpoint.get("get")`/users/${Who}`.annotate(OpenApi.Summary, "Returns a user").addSuccess(User))
  .add(
    HttpApiEndpoint.patch("change")`/users/${Who}`
      .annotate(
        OpenApi.Summary,
        "Changes a user, also what the API does not change: the password, the role, the confirmation",
      )
      .setPayload(UserChanges)
      .addSuccess(User)
      .addError(ControlRefused),
  )
  .add(
    HttpApiEndpoint.post("issueApiKey")`/users/${Who}/api-keys`
      .annotate(OpenApi.Summary, "Issues an API key of a user")
      .addSuccess(ApiKey, created),
  )
  .add(
    HttpApiEndpoint.post("issueBearer")`/users/${Who}/bearer-tokens`
      .annotate(OpenApi.Summary, "Issues a bearer token of a user")
      .addSuccess(Bearer, created),
  )
  .addError(ControlNotFound)

const faults = HttpApiGroup.make("faults")
  .add(
    HttpApiEndpoint.get("list", "/faults")
      .annotate(OpenApi.Summary, "Lists the rules in force: how many calls each had, and how many it struck")
      .addSuccess(Schema.Array(InForce)),
  )
  .add(
    HttpApiEndpoint.post("add", "/faults")
      .annotate(OpenApi.Summary, "Adds a rule")
      .setPayload(FaultRule)
      .addSuccess(Created, created)
      .addError(ControlRefused),
  )
  .add(
    HttpApiEndpoint.del("remove")`/faults/${Identifier}`
      .annotate(OpenApi.Summary, "Removes a rule")
      .addSuccess(NoContent)
      .addError(ControlNotFound),
  )
  .add(HttpApiEndpoint.del("clear", "/faults").annotate(OpenApi.Summary, "Removes all rules").addSuccess(NoContent))

const OfOperation = Schema.Struct({ operation: optional(Schema.String) })

const journal = HttpApiGroup.make("journal")
  .add(
    HttpApiEndpoint.get("entries", "/journal")
      .annotate(OpenApi.Summary, "Returns the calls, as one JSON object a line, without secrets")
      .setUrlParams(OfOperation)
      .addSuccess(Ndjson),
  )
  .add(
    HttpApiEndpoint.post("diff", "/journal/diff")
      .annotate(OpenApi.Summary, "Compares the calls with what is expected")
      .setPayload(Schema.Array(Expected))
      .addSuccess(Diff),
  )
  .add(HttpApiEndpoint.del("clear", "/journal").annotate(OpenApi.Summary, "Clears the journal").addSuccess(NoContent))

const Advance = Schema.Struct({ duration: Time })

const clock = HttpApiGroup.make("clock")
  .add(
    HttpApiEndpoint.get("now", "/clock")
      .annotate(OpenApi.Summary, "Returns the time of the deployment")
      .addSuccess(Now),
  )
  .add(
    HttpApiEndpoint.put("set", "/clock")
      .annotate(OpenApi.Summary, "Sets the time of the deployment")
      .setPayload(Now)
      .addSuccess(Now),
  )
  .add(
    HttpApiEndpoint.post("advance", "/clock/advance")
      .annotate(OpenApi.Summary, "Moves the time of the deployment forward")
      .setPayload(Advance)
      .addSuccess(Now),
  )
  .addError(ControlRefused)

const Answer = Schema.Struct({ token: Schema.String, answer: Schema.Literal("accept", "reject") })
const Take = Schema.Struct({ ...Filter, timeout: optional(Time) })

const mailbox = HttpApiGroup.make("mailbox")
  .add(
    HttpApiEndpoint.get("list", "/mailbox")
      .annotate(OpenApi.Summary, "Lists the e-mails, with their tokens")
      .setUrlParams(Schema.Struct(Filter))
      .addSuccess(Schema.Array(Email)),
  )
  .add(
    HttpApiEndpoint.post("take", "/mailbox/take")
      .annotate(OpenApi.Summary, "Takes the oldest e-mail out; waits while calls are in flight")
      .setPayload(Take)
      .addSuccess(Email)
      .addError(ControlNotFound),
  )
  .add(
    HttpApiEndpoint.post("answerInvitation", "/mailbox/invitations")
      .annotate(OpenApi.Summary, "Accepts or rejects an invitation as the invited person")
      .setPayload(Answer)
      .addSuccess(NoContent)
      .addError(ControlNotFound),
  )
  .add(
    HttpApiEndpoint.del("clear", "/mailbox").annotate(OpenApi.Summary, "Throws all e-mails away").addSuccess(NoContent),
  )

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
  .annotateContext(OpenApi.annotations({ title: "Control of a TileDB test deployment", version: "1" })) {}
