/** Checks over the network: the route, the server, its clock, and the credential. */
import { lookup } from "node:dns/promises"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { RetryPolicy, TileDBClient, type TileDBConfig, type TileDBError, Users } from "@effect-tiledb/client"
import { Clock, Effect, Option } from "effect"
import { error, type Finding, ok, warning } from "./report.js"

const patience = "15 seconds"

const hostOf = (baseUrl: string): string => new URL(baseUrl).hostname.replace(/^\[|\]$/g, "")

/** The variable of the proxy that is used for a host, if one is: its value may have a password in it. */
const proxyVariable = (baseUrl: string): string | undefined => {
  const { port, protocol } = new URL(baseUrl)
  const host = hostOf(baseUrl)
  const set = (name: string) => (process.env[name] ?? "") !== ""
  // As undici reads them: an entry is a host, with all below it, and a port if it has one.
  const isExcluded = (process.env.no_proxy ?? process.env.NO_PROXY ?? "").split(/[\s,]+/).some((entry) => {
    const [, name = "", only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    const fits = only === undefined || only === (port || (protocol === "https:" ? "443" : "80"))
    return entry === "*" || (name !== "" && fits && (host === name || host.endsWith(`.${name}`)))
  })
  const names = [...(protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : []), "http_proxy", "HTTP_PROXY"]
  return isExcluded ? undefined : names.find(set)
}

/** Behind a proxy it is the proxy that looks the name up. */
export const dns = (baseUrl: string): Effect.Effect<Finding> => {
  const variable = proxyVariable(baseUrl)
  return variable !== undefined
    ? Effect.succeed(ok("proxy", `The proxy of ${variable} is used; NO_PROXY lists the exceptions`))
    : Effect.match(
        Effect.tryPromise(() => lookup(hostOf(baseUrl))),
        {
          onFailure: () =>
            error(
              "dns",
              `${hostOf(baseUrl)} has no address`,
              "Check the host name and the network; if you are behind a proxy, set HTTPS_PROXY",
            ),
          onSuccess: ({ address }) =>
            ok("dns", `${hostOf(baseUrl)} resolves${address === hostOf(baseUrl) ? "" : ` to ${address}`}`),
        },
      )
}

const remedies: ReadonlyArray<readonly [RegExp, string]> = [
  [/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/, "Set TILEDB_SSL_CA_FILE to your company's CA"],
  [/SSL|EPROTO|TLS/, "The port does not speak TLS: check the port, and whether to write http or https"],
  [/REFUSED/, "The host refuses connections: check host and port, and that the server runs"],
]

/** Why there is no response, with what to do: behind a proxy it is the proxy that cannot be reached, or refuses. */
const noResponse = (code: string, baseUrl: string): Finding => {
  const variable = proxyVariable(baseUrl)
  const shown = code === "" ? "" : ` (${code.slice(0, 60)})`
  const known = remedies.find(([pattern]) => pattern.test(code))
  if (code === "PLAIN_HTTP_PROXY") {
    const message = `The proxy of ${variable ?? "HTTP_PROXY"} would read the credential${shown}`
    return error("proxy", message, "Use https://, or add the host to NO_PROXY")
  }
  if (code === "PROXY_407") {
    const message = `The proxy of ${variable ?? "HTTPS_PROXY"} requires a login${shown}`
    return error("proxy", message, "Add the login to the variable: http://name:password@host:port")
  }
  if (/^PROXY_(?![EU])/.test(code)) {
    const message = `The proxy of ${variable ?? "HTTPS_PROXY"} refuses to connect to ${hostOf(baseUrl)}${shown}`
    return error("proxy", message, "Ask its administrator to allow the host, or add the host to NO_PROXY")
  }
  if (variable !== undefined && (known === undefined || /REFUSED/.test(code))) {
    const message = `The proxy of ${variable} does not respond${shown}`
    return error("proxy", message, `Check host and port in ${variable}, or add ${hostOf(baseUrl)} to NO_PROXY`)
  }
  const message = code === "" ? "There is no response" : `There is no connection${shown}`
  return error("service", message, known?.[1] ?? "Check the network, and any firewall")
}

const codeOf = (cause: unknown, depth = 0): string => {
  if (typeof cause !== "object" || cause === null || depth > 4) return ""
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? codeOf(cause.cause, depth + 1) : ""
}

const clock = (response: HttpClientResponse.HttpClientResponse, now: number): ReadonlyArray<Finding> => {
  const there = Date.parse(response.headers.date ?? "")
  if (Number.isNaN(there)) return []
  const seconds = Math.round((now - there) / 1000)
  return Math.abs(seconds) < 60
    ? [ok("clock", "This clock agrees with the service's")]
    : [
        warning(
          "clock",
          `This clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the service's`,
          "Set the clock: it determines whether tokens and certificates are valid",
        ),
      ]
}

/** The server at the address. Without a credential the service responds with a 401, in JSON. */
export const service = (baseUrl: string): Effect.Effect<ReadonlyArray<Finding>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const asked = yield* Effect.either(
      Effect.timeout(client.execute(HttpClientRequest.get(`${baseUrl}/users/self`)), patience),
    )
    if (asked._tag === "Left") {
      return [noResponse(asked.left._tag === "RequestError" ? codeOf(asked.left.cause) : "", baseUrl)]
    }
    const response = asked.right
    const now = yield* Clock.currentTimeMillis
    const type = response.headers["content-type"] ?? ""
    const location = response.headers.location
    const { status } = response
    yield* Effect.ignore(Effect.timeout(response.text, "1 second"))
    if (status >= 300 && status < 400) {
      const to = location !== undefined && URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : undefined
      const regional = to?.protocol === "https:" && to.hostname.endsWith(".api.tiledb.com")
      return [
        regional
          ? ok("service", `It redirects to the region ${to.hostname}, which the client follows`)
          : error(
              "service",
              `It redirects elsewhere (${status}), to ${to?.origin ?? "no address"}`,
              "Set TILEDB_REST_HOST to the API; a sign-in page is not the API",
            ),
      ]
    }
    const json = /json/i.test(type)
    if (!json && (/html/i.test(type) || status !== 401)) {
      return [
        error(
          "service",
          `The response (${status}, ${type.slice(0, 60) || "without a content type"}) is not the API's`,
          "Check the host: the web console (console., app.) or a proxy may have sent this page",
        ),
      ]
    }
    return [
      status === 404
        ? error("service", "There is no API at this path (404)", "Check the path: it ends in /v4")
        : ok("service", `The API responds (${status} without a credential)`),
      ...clock(response, now),
    ]
  })

const taken = (failure: TileDBError.TileDBError): Finding =>
  failure._tag === "ApiError" && failure.status === 401
    ? error(
        "credential",
        "The service refuses the credential (401)",
        "Check that it is for this host: create an API key in its console, or copy the one that serve prints",
      )
    : error("credential", failure.message, "Apply the remedy in this message, then run the doctor again")

/** Whether the service takes the credential, asked once. */
export const credential = (
  config: TileDBConfig.TileDBConfig,
): Effect.Effect<ReadonlyArray<Finding>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = TileDBClient.make({ ...config, retryPolicy: RetryPolicy.none })
    const users = yield* Effect.provideServiceEffect(Users.make, TileDBClient.TileDBClient, client)
    const self = yield* Effect.either(users.getSelfUser)
    if (self._tag === "Left") return [taken(self.left)]
    return [ok("credential", `The service accepts it: you are ${self.right.user.username}`)]
  }).pipe(
    Effect.scoped,
    Effect.catchAll((refusal) =>
      Effect.succeed([error("credential", String(refusal), "Apply the remedy in this message")]),
    ),
    Effect.timeoutOption(patience),
    Effect.map(
      Option.getOrElse(() => [error("credential", "There is no response in time", "Run the doctor again later")]),
    ),
  )
