/** The `exp` of a JWT, in milliseconds since 1970; nothing is verified. `undefined` for any other text. */
export const expiryOf = (token: string): number | undefined => {
  const [, payload, signature, more] = token.split(".")
  if (payload === undefined || signature === undefined || more !== undefined) return undefined
  try {
    const { exp }: { readonly exp?: unknown } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
