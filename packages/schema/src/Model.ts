/**
 * What models of responses are made of, for other groups of the API too: each field is a schema as documented, and a
 * reader for responses that may deviate (see `decodeResponse`).
 *
 * @example
 * import { Model } from "@effect-tiledb/schema"
 * import { Schema } from "effect"
 *
 * const fields = {
 *   team_id: Model.id(Schema.String.annotations({ description: "The team's id" })),
 *   name: Model.text("The name of the team"),
 *   size: Model.optional(Model.integer("How many people are in it")),
 * }
 *
 * class Team extends Schema.Class<Team>("Team")(
 *   Model.schemas(fields),
 *   Model.annotations("Team", "A team", (): Model.Reader<object> => readTeam),
 * ) {}
 *
 * const readTeam = Model.reader(fields, Team)
 *
 * const TeamPage = Model.page("TeamPage", "Teams, in pages", Team) // { items, pagination }
 *
 * @since 0.1.0
 */

export {
  annotations,
  type Field,
  flag,
  id,
  integer,
  list,
  listResponse,
  optional,
  optionalTime,
  own,
  part,
  type Reader,
  reader,
  response,
  schemas,
  secret,
  text,
  textAs,
  time,
  userId,
  userIdOrNone,
} from "./internal/model.js"
export { type Page, Pagination, page } from "./internal/page.js"
