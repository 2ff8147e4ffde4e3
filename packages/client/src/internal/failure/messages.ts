/** The texts of errors: the operation, what happened, the next step, where. */
import type { ValidationErrorField } from "@effect-tiledb/schema"
import type { Stopped, TransportReason } from "../../TileDBError.js"
import type { Of } from "./failure.js"
import { issueTexts, line, type Texts, type Told } from "./line.js"
import { anotherOrigin } from "./shownOrigin.js"

const outcomeText = ({ operation: { lookAt, method }, outcome }: Told): string => {
  if (method === "GET" || method === "HEAD") return ""
  if (outcome === "Unknown") {
    return `it may have taken effect: check${lookAt === undefined ? "" : ` with ${lookAt}`} before you retry`
  }
  return outcome === "Done" ? "it took effect: do not retry" : "nothing was done"
}

/** `{}` is the number of attempts. */
const stoppedTexts: Record<Stopped, string> = {
  Attempts: "gave up after {} attempts",
  Deadline: "not retried: the deadline is too near",
  Budget: "not retried: the retry budget is empty",
  NotRepeatable: "not retried: the operation is not safe to retry",
  RetryAfter: "not retried: Retry-After exceeds the policy's maxRetryAfter",
}

const stoppedText = ({ attempts, stopped }: Told): string =>
  stopped === undefined || (stopped === "Attempts" && attempts < 2)
    ? ""
    : stoppedTexts[stopped].replace("{}", String(attempts))

/** What to do about a refused credential; `{}` is the name of its option. */
const refusedCredential: Record<Told["scheme"], string> = {
  Anonymous: "no credential was sent: set TILEDB_REST_TOKEN, or pass credentials",
  ApiKey: "the service refused the API key: check {}",
  Basic: "the service refused the username and password: check {}",
  Bearer: "the service refused the bearer token: get a new one",
  Scoped: "the service refused the scoped token: it is valid once and expires; request a new e-mail",
}

const seconds = (millis: number): string => `${Math.ceil(millis / 1000)} s`

const nextStep = (told: Told, { mediaType, ofService, retryAfter, status }: Of<"Status">): string | undefined => {
  if (status === 401) {
    return told.expired === undefined
      ? refusedCredential[told.scheme].replace("{}", () => told.named.credentials)
      : `the ${told.scheme === "ApiKey" ? "API key" : "token"} that was sent expired at ${told.expired.toISOString()} (its exp): get a new one`
  }
  if (status === 404 && told.operation.notFound && !ofService) {
    return `this 404 is not the service's own: check that ${told.named.base} ends in /v4`
  }
  if (retryAfter !== undefined && retryAfter > 0) return `wait ${seconds(retryAfter)} before you call again`
  if (status === 429) return "wait before you call again"
  return status >= 500 && mediaType !== undefined && !ofService ? "a proxy may have sent it" : undefined
}

/** The maximum numbers of fields and of issues in one message: the first few identify the kind of response. */
const shown = { fields: 10, issues: 5 }

const listed = (texts: ReadonlyArray<string>, most: number): string =>
  [...texts.slice(0, most), ...(texts.length > most ? [`and ${texts.length - most} more`] : [])].join("; ")

const fieldsText = (fields: ReadonlyArray<ValidationErrorField> = []): string => {
  const texts = fields.map(({ field, message }) => `${field} ${message}`.trim())
  return texts.length === 0 ? "" : ` (${listed(texts, shown.fields)})`
}

/** `createUser: 409 The request conflicts with existing data (username is taken) [request req_1, api.tiledb.com]` */
const status = (told: Told, failure: Of<"Status">): string => {
  const { body, mediaType } = failure
  const words =
    body.message ?? (mediaType === undefined ? "with an empty body" : `with ${mediaType}, not the service's Error`)
  return line(
    told,
    [
      `${failure.status} ${words}${fieldsText(body.validationError?.fields)}`,
      told.outcome === "Unknown" ? outcomeText(told) : "",
      stoppedText(told),
      nextStep(told, failure),
    ],
    body.requestId,
  )
}

const reasonText: Record<TransportReason, string> = {
  ConnectionFailed: "could not connect",
  ConnectionLost: "the connection broke before the response ended",
  Timeout: "the attempt took longer than the policy's attemptTimeout",
  Deadline: "the call took longer than the policy's deadline",
  Paused: "the service's pause ends after the call's deadline",
  BodyTooLarge: "the response is larger than maxBodyBytes",
  BodyEncoding: "the response's Content-Encoding cannot be decoded",
  RedirectRefused: "the redirect is unsafe",
  RedirectInsecure: "the redirect leads from https to http",
  RedirectLoop: "the redirects form a loop",
  RedirectLimit: "too many redirects",
  Credentials: "the credential is unavailable or cannot be sent in a header",
}

/** The remedy for a connection that could not be made, by system error code; `{}` is the name of its option. */
const remedies: ReadonlyArray<readonly [RegExp, string]> = [
  [/^PLAIN_HTTP_PROXY$/, "the proxy could read the credential: use https://, or NO_PROXY"],
  [/^PROXY_407$/, "the proxy requires a login: put it in HTTPS_PROXY"],
  [/^PROXY_[EU]/, "the proxy does not respond: check HTTPS_PROXY"],
  [/^PROXY_/, "the proxy refused a tunnel to this host: ask its administrator, or use NO_PROXY"],
  [/^(?:ENOTFOUND|EAI_)/, "the host name does not resolve: check {} and the network"],
  [/^ECONNREFUSED$/, "the host refuses connections: check host and port in {}"],
  [/ALTNAME|HOSTNAME/, "the certificate is for another host: check {}"],
  [/EXPIRED|NOT_YET_VALID/, "the certificate is expired or not valid yet: check the clock"],
  [
    /^(?!ERR_SSL_).*(?:CERT|CRL_|SELF_SIGNED|UNABLE_TO_|INVALID_|PATH_LENGTH)/,
    "the certificate is not trusted: set TILEDB_SSL_CA_FILE (NodeNetwork) or NODE_EXTRA_CA_CERTS to your CA's file",
  ],
  [
    /^ERR_SSL_\w*ALERT/,
    "the server refused the TLS handshake: it may require a client certificate (NodeNetwork.layer)",
  ],
  [/^BAD_PORT$/, "fetch refuses this port: use NodeTransport, or another port"],
  [/^(?:EPROTO|ERR_SSL_)/, "the port does not speak TLS: check host and port in {}"],
  [/./, "check the network, proxy and firewall"],
]

const redirectRemedy = (failure: Of<"Transport">, base: string): string | undefined => {
  const { acted, detail, from, reason, to } = failure
  if (detail === "SIGN_IN_PAGE") {
    return "this is an access proxy's sign-in page: let this client through"
  }
  if (reason === "RedirectRefused" && to === anotherOrigin) {
    return "the host is not shown, as it may contain what was sent: ask its administrator"
  }
  if (reason === "RedirectRefused" && to !== undefined && to !== from && !acted) {
    return `add ${to} to allowedOrigins if you trust it with this request`
  }
  return reason === "RedirectRefused" ? `check that ${base} is the API, not a login page` : undefined
}

const transport = (told: Told, failure: Of<"Transport">): string => {
  const { detail, from, reason, to } = failure
  const remedy =
    reason === "Paused"
      ? `wait ${seconds(failure.retryAfter ?? 0)} before you call again`
      : reason === "ConnectionFailed"
        ? remedies.find(([code]) => code.test(detail ?? ""))?.[1].replace("{}", () => told.named.base)
        : detail === "CORS"
          ? "probably CORS (the service must allow this page's origin), or it is down"
          : redirectRemedy(failure, told.named.base)
  const code = detail === undefined ? "" : ` (${detail})`
  const direction = from === undefined || to === undefined ? "" : `: ${from} leads to ${to}`
  return line(told, [`${reasonText[reason]}${code}${direction}`, outcomeText(told), stoppedText(told), remedy])
}

const decode = (told: Told, { issues, mediaType, outcome, reason, requestId, status }: Of<"Decode">): string => {
  const isForeign = outcome === "Unknown"
  const why = isForeign
    ? ` ${mediaType === undefined ? "with an empty body" : `with ${mediaType}`} from ${told.host}: is this the console, or a proxy's page?`
    : `, but ${reason === "Json" ? "it is not JSON" : listed(issueTexts(issues, "the response"), shown.issues)}`
  return line(
    told,
    [`unexpected response: ${status}${why}`, outcomeText(told), isForeign ? `check ${told.named.base}` : ""],
    requestId,
    isForeign ? "" : told.host,
  )
}

export const texts: Texts = { decode, status, transport }
