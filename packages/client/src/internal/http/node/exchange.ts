import type { Dispatcher } from "@effect/platform-node/Undici"
import { Incoming } from "../incoming.js"

/** Headers as undici parses them: lower-case names, and a list for a repeated name. */
type Head = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

/** One request and its response, as undici's dispatch callbacks report them. */
export class Exchange extends Incoming implements Dispatcher.DispatchHandler {
  status = 0
  headers: Head = {}
  /** Whether undici has had a connection for the request. */
  started = false
  private giveUp: (() => void) | undefined
  private controller: Dispatcher.DispatchController | undefined
  protected limit = 64 * 1024

  /** Sets how to abort the connection being opened for this request; `undefined` when it is open or has failed. */
  connecting(giveUp: (() => void) | undefined): void {
    this.giveUp = giveUp
    if (this.abortTimer !== undefined) this.abortTimer.connecting = giveUp !== undefined
  }

  get setCookies(): ReadonlyArray<string> | string {
    return this.headers["set-cookie"] ?? []
  }

  header(name: string): string | undefined {
    const value = this.headers[name]
    return typeof value === "string" ? value : value?.join(", ")
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.started = true
    // The request may have been aborted while it waited for a socket.
    if (this.failure !== undefined) controller.abort(new Error("The request was aborted"))
    else this.controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Head): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    this.announce()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (!this.push(chunk) && !this.ended) controller.pause()
  }

  onResponseEnd(): void {
    this.end()
  }

  onResponseError(_: unknown, cause: unknown): void {
    this.end({ cause })
  }

  protected close(cause: Error): void {
    this.giveUp?.()
    this.controller?.abort(cause)
  }

  protected resume(): void {
    this.controller?.resume()
  }
}
