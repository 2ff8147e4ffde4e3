import { createHash, randomBytes } from "node:crypto"

export interface Registration {
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly redirectUri: string
  readonly scopes: ReadonlySet<string>
  /** The lifetime of an access token, in seconds. */
  readonly lifetime: number
  /** Whether each refresh issues a new refresh token and revokes the old one. */
  readonly rotates: boolean
}

/** An issued code; it works once, and requires the verifier. */
interface Grant {
  readonly challenge: string
  readonly scope: string
  used: boolean
  /** All tokens issued for the code, which are revoked if it is used twice. */
  readonly family: Family
}

interface Family {
  readonly scope: string
  readonly accessTokens: Array<string>
  revoked: boolean
}

export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const secret = (prefix: string) => `${prefix}_${randomBytes(24).toString("base64url")}`

const refuse = (error: string, error_description: string, status = 400): TokenAnswer => ({
  status,
  body: { error, error_description },
})

/** The rules of an OAuth2 provider for one application, without HTTP. */
export class Provider {
  readonly #grants = new Map<string, Grant>()
  readonly #refreshTokens = new Map<string, { readonly family: Family; used: boolean }>()

  constructor(
    readonly registration: Registration,
    private readonly issue: () => string,
    private readonly revoke: (accessToken: string) => void,
  ) {}

  /** The redirect of a sign-in: back to the application, or `undefined` if the application is unknown. */
  authorize(query: URLSearchParams): string | undefined {
    const { clientId, redirectUri, scopes } = this.registration
    if (query.get("client_id") !== clientId || query.get("redirect_uri") !== redirectUri) return undefined
    const back = new URL(redirectUri)
    const state = query.get("state")
    if (state !== null) back.searchParams.set("state", state)
    const scope = query.get("scope") ?? ""
    const challenge = query.get("code_challenge") ?? ""
    const error =
      query.get("response_type") !== "code"
        ? "unsupported_response_type"
        : scope.split(" ").some((word) => word !== "" && !scopes.has(word))
          ? "invalid_scope"
          : state === null || query.get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(challenge)
            ? "invalid_request"
            : undefined
    if (error !== undefined) {
      back.searchParams.set("error", error)
      return back.href
    }
    const code = secret("code")
    this.#grants.set(code, { challenge, scope, used: false, family: { scope, accessTokens: [], revoked: false } })
    back.searchParams.set("code", code)
    return back.href
  }

  /** Responds for the token endpoint. `basic` is the decoded pair of HTTP Basic. */
  token(form: URLSearchParams, basic: readonly [string, string] | undefined): TokenAnswer {
    const { clientId, clientSecret } = this.registration
    const [id, password] = basic ?? [form.get("client_id"), form.get("client_secret") ?? undefined]
    if (id !== clientId || password !== clientSecret) return refuse("invalid_client", "Who asks is not known", 401)
    switch (form.get("grant_type")) {
      case "authorization_code":
        return this.#exchange(form)
      case "refresh_token":
        return this.#refresh(form)
      default:
        return refuse("unsupported_grant_type", "Write authorization_code or refresh_token")
    }
  }

  /** Revokes every access token, as if it had expired; refresh tokens still work. */
  expireAll(): void {
    const families = [...this.#refreshTokens.values()].map(({ family }) => family)
    for (const family of families) for (const token of family.accessTokens.splice(0)) this.revoke(token)
  }

  /** Revokes all issued tokens, as if the user had signed out everywhere. */
  revokeAll(): void {
    this.expireAll()
    for (const { family } of this.#refreshTokens.values()) family.revoked = true
  }

  #exchange(form: URLSearchParams): TokenAnswer {
    const grant = this.#grants.get(form.get("code") ?? "")
    if (grant === undefined) return refuse("invalid_grant", "There is no such code")
    if (grant.used) {
      this.#takeBack(grant.family)
      return refuse("invalid_grant", "The code has been used before; what was given for it is revoked")
    }
    grant.used = true
    if (form.get("redirect_uri") !== this.registration.redirectUri) {
      return refuse("invalid_grant", "The redirect_uri is another one")
    }
    const verifier = form.get("code_verifier") ?? ""
    const challenge = createHash("sha256").update(verifier).digest("base64url")
    if (!/^[\w.~-]{43,128}$/.test(verifier) || challenge !== grant.challenge) {
      return refuse("invalid_grant", "The code_verifier is another one")
    }
    return this.#give(grant.family, undefined)
  }

  #refresh(form: URLSearchParams): TokenAnswer {
    const token = form.get("refresh_token") ?? ""
    const known = this.#refreshTokens.get(token)
    if (known === undefined || known.family.revoked) return refuse("invalid_grant", "The refresh token is not known")
    if (known.used) {
      this.#takeBack(known.family)
      return refuse("invalid_grant", "The refresh token has been used before; all of its family are revoked")
    }
    known.used = this.registration.rotates
    return this.#give(known.family, this.registration.rotates ? undefined : token)
  }

  #give(family: Family, refreshToken: string | undefined): TokenAnswer {
    const access_token = this.issue()
    family.accessTokens.push(access_token)
    const refresh_token = refreshToken ?? secret("refresh")
    if (refreshToken === undefined) this.#refreshTokens.set(refresh_token, { family, used: false })
    const { lifetime } = this.registration
    return {
      status: 200,
      body: { access_token, token_type: "bearer", expires_in: lifetime, refresh_token, scope: family.scope },
    }
  }

  #takeBack(family: Family): void {
    family.revoked = true
    for (const token of family.accessTokens.splice(0)) this.revoke(token)
  }
}
