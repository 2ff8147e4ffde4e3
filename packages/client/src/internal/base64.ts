/** Base64 of a text in UTF-8 (`btoa` alone takes Latin-1 only), after as many zero bytes as asked for. */
export const base64 = (text: string, before = 0): string => {
  let binary = "\0".repeat(before)
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
