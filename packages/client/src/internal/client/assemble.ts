import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Credentials from "../../Credentials.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import * as Credential from "../attempt/authorizer.js"
import type { Transport } from "../attempt/send.js"
import { checked } from "../auth/checked.js"
import * as Execution from "../call/execute.js"
import * as BaseUrl from "../config/baseUrl.js"
import { namesOf } from "../config/source.js"
import * as Tls from "../config/tls.js"
import type { Texts } from "../failure/line.js"
import * as Unconnected from "../http/unconnected.js"
import * as Limits from "../limiter/limits.js"
import * as Budget from "../retry/budget.js"
import { policyProblem } from "../retry/policyProblem.js"
import { type ConfigError, invalid, invalidData } from "../runtime/configError.js"
import { isBrowser, ownHeaders } from "../runtime/environment.js"
import * as Telemetry from "../telemetry/metrics.js"
import type { Options, Service, Status } from "./options.js"

/** What a getter or a proxy throws may quote a secret. */
const unreadable = invalidData("options", "cannot be read")

/** Checks the options and builds a client over a transport, made for the given `HttpClient`. */
export const make = (
  options: Options,
  texts: Texts,
  transport: Transport,
  given: object = transport.client,
): Effect.Effect<Service, ConfigError, Scope.Scope> =>
  Effect.catchAllCause(
    Effect.suspend(() => Effect.zipRight(Tls.check(given, options), assemble(options, texts, transport))),
    (cause) => (cause._tag === "Die" ? Effect.fail(unreadable) : Effect.failCause(cause)),
  )

const assemble = (
  options: Options,
  texts: Texts,
  transport: Transport,
): Effect.Effect<Service, ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const insecure = options.allowInsecureHttp ?? false
    const base = yield* BaseUrl.normalise("baseUrl", options.baseUrl ?? BaseUrl.defaultBaseUrl, "baseUrl", insecure)
    const origins = yield* Either.all((options.allowedOrigins ?? []).map((_) => BaseUrl.parseOrigin(_, insecure)))
    const credentials = yield* checkBrowser(options)
    const policy = options.retryPolicy ?? RetryPolicy.standard
    const problem = policyProblem(policy)
    if (problem !== undefined) yield* invalid(problem.path.split("."), problem.message)
    const maxBodyBytes = yield* Limits.positive("maxBodyBytes", options.maxBodyBytes ?? 1024 * 1024)
    Unconnected.listen()
    const common = { accept: "application/json", ...ownHeaders() }
    const limiter = yield* Limits.make(options)
    const budget = yield* budgetOf(options)
    yield* Effect.addFinalizer(() => Effect.sync(budget.close))
    const execute = Execution.make({
      sender: {
        ...transport,
        base,
        redirects: { baseOrigin: base.origin, allowedOrigins: new Set(origins) },
        maxBodyBytes,
        decoding: yield* decodingOf(options),
      },
      authorizer: Credential.make(credentials, common),
      authorizerOf: (other) => Credential.make(isExposed(options, other) ? exposed : other, common),
      named: namesOf(options),
      texts,
      policy,
      budget,
      limiter,
      tracePropagation: options.tracePropagation ?? false,
    })
    const status = Effect.sync((): Status => {
      const { pausedUntil, ...load } = limiter.status(budget.left())
      return { ...load, pausedUntil: Option.map(Option.fromNullable(pausedUntil), DateTime.unsafeMake) }
    })
    const { workspace } = options
    return { execute, status, workspace: Option.isOption(workspace) ? Option.getOrUndefined(workspace) : workspace }
  })

const isExposed = (options: Options, { _tag }: Credentials.Credentials): boolean =>
  (_tag === "ApiKey" || _tag === "Basic") && isBrowser() && options.allowCredentialsInBrowser !== true

/** In place of a credential that every script in a page could read: calls fail with reason `Credentials`. */
const exposed: Credentials.Credentials = { _tag: "Bearer", token: Effect.fail({ _tag: "allowCredentialsInBrowser" }) }

const checkBrowser = (options: Options): Either.Either<Credentials.Credentials, ConfigError> => {
  const { credentials = Credentials.anonymous } = options
  return credentials !== null && isExposed(options, credentials)
    ? invalid("credentials", "Scripts in a page can read it: use Credentials.bearer, or set allowCredentialsInBrowser")
    : checked(credentials)
}

const decodingOf = ({ decoding = "lenient" }: Options): Either.Either<"lenient" | "strict", ConfigError> =>
  decoding === "lenient" || decoding === "strict"
    ? Either.right(decoding)
    : invalid("decoding", 'Expected "lenient" or "strict"')

const budgetOf = ({ retryBudget }: Options): Either.Either<Budget.Budget, ConfigError> => {
  const { capacity = 100, perSuccess = 0.1 } = retryBudget ?? {}
  const refuse = (part: string, expected: string) => invalid(["retryBudget", part], `Expected ${expected}`)
  if (!(capacity === Number.POSITIVE_INFINITY || (Number.isInteger(capacity) && capacity >= 0))) {
    return refuse("capacity", "a whole number from 0, or Infinity")
  }
  return perSuccess >= 0
    ? Either.right(Budget.make({ capacity, perSuccess }, Telemetry.budgetLeft.add))
    : refuse("perSuccess", "a number from 0")
}
