import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as Schema from "effect/Schema"

/** The class of an error of this API; its message says what is wrong. */
const failure =
  <Self>() =>
  <const Tag extends string>(tag: Tag, status: number, description: string) =>
    Schema.TaggedError<Self>(tag)(
      tag,
      {
        /** What is wrong. */
        message: Schema.String.annotations({ description }),
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
 * Accepts requests with the control token as a bearer token.
 *
 * @since 0.1.0
 * @category tags
 */
export class Authorization extends HttpApiMiddleware.Tag<Authorization>()(
  "@effect-tiledb/testkit/Control/Authorization",
  {
    failure: ControlUnauthorized,
    security: { token: HttpApiSecurity.bearer },
  },
) {}
