import type * as Headers from "@effect/platform/Headers"
import { Incoming } from "../incoming.js"

type Reader = ReadableStreamDefaultReader<Uint8Array>

const ignore = () => {}

/**
 * One request over fetch. The body is counted chunk by chunk, after decompression: the length in the headers is of no
 * use where the platform does not show that the body was compressed.
 */
export class FetchExchange extends Incoming {
  private readonly controller = new AbortController()
  private response: Response | undefined
  private reader: Reader | undefined
  private reading = false

  /** One chunk is read ahead of a reader that streams the body. */
  protected limit = 1

  get status(): number {
    return this.response?.status ?? 0
  }

  get headers(): Headers.Input {
    return this.response?.headers ?? []
  }

  get setCookies(): ReadonlyArray<string> {
    return this.response?.headers.getSetCookie() ?? []
  }

  header(name: string): string | undefined {
    return this.response?.headers.get(name) ?? undefined
  }

  send(fetch: typeof globalThis.fetch, url: string | URL, init: RequestInit): void {
    if (this.ended) return
    init.signal = this.controller.signal
    try {
      fetch(url, init).then(this.onResponse, this.onError)
    } catch (cause) {
      this.onError(cause)
    }
  }

  protected close(): void {
    this.controller.abort()
    // The response of a custom `fetch` may ignore the signal.
    if (this.reader !== undefined) this.reader.cancel().catch(ignore)
    else this.response?.body?.cancel().catch(ignore)
  }

  protected resume(): void {
    if (this.reading) return
    this.reading = true
    try {
      this.reader ??= this.response?.body?.getReader()
      this.reader?.read().then(this.onChunk, this.onError)
    } catch (cause) {
      this.onError(cause)
    }
  }

  private readonly onResponse = (response: Response): void => {
    // A custom `fetch` may respond although the request was aborted.
    if (this.ended) {
      response.body?.cancel().catch(ignore)
      return
    }
    this.response = response
    this.announce()
    if (response.body === null) this.end()
  }

  private readonly onChunk = ({ done, value }: Awaited<ReturnType<Reader["read"]>>): void => {
    this.reading = false
    if (this.ended) return
    if (done) this.end()
    else if (this.push(value)) this.resume()
  }

  private readonly onError = (cause: unknown): void => {
    this.end({ cause })
  }
}
