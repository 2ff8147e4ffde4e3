const charsetOf = (contentType: string | undefined): string =>
  contentType?.match(/;\s*charset\s*=\s*"?([^\s";]+)/i)?.[1] ?? "utf-8"

const utf8 = new TextDecoder("utf-8", { fatal: true })

const decoderOf = (charset: string, fatal: boolean): InstanceType<typeof TextDecoder> => {
  if (fatal && charset.toLowerCase() === "utf-8") return utf8
  try {
    return new TextDecoder(charset, { fatal })
  } catch {
    // An unknown charset: JSON is UTF-8.
    return new TextDecoder("utf-8", { fatal })
  }
}

/** The charset in which the bytes are invalid, and the text with the invalid bytes replaced. */
export class NotInCharset {
  constructor(
    readonly charset: string,
    readonly readable: string,
  ) {}
}

/**
 * The text of a successful response, the same over every transport: in the `charset` of the content type if
 * `TextDecoder` supports it, otherwise in UTF-8, without a byte order mark. Invalid bytes are an error.
 */
export const textOf = (bytes: Uint8Array, contentType: string | undefined): string | NotInCharset => {
  const decoder = decoderOf(charsetOf(contentType), true)
  try {
    return decoder.decode(bytes)
  } catch {
    return new NotInCharset(decoder.encoding, textAsFarAsReadable(bytes, contentType))
  }
}

/** The text of an error response; invalid bytes are replaced. */
export const textAsFarAsReadable = (bytes: Uint8Array, contentType: string | undefined): string =>
  decoderOf(charsetOf(contentType), false).decode(bytes)
