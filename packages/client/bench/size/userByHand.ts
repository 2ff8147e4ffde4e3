import * as Schema from "effect/Schema"

export const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true, exact: true })

/** A user by hand, for the programs without the client. */
export const User = Schema.Struct({
  id: Schema.String,
  display_name: Schema.String,
  image_id: optional(Schema.String),
  email: Schema.String,
  is_valid_email: optional(Schema.Boolean),
  role: Schema.String,
  username: Schema.String,
  timezone: Schema.String,
  created_at: Schema.DateTimeUtc,
  updated_at: optional(Schema.DateTimeUtc),
  deleted_at: optional(Schema.DateTimeUtc),
})
