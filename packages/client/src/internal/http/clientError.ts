/** The platform's errors of an `HttpClient`: how they are made and read. */
import { type HttpClientError, RequestError, ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"

export type { HttpClientError, RequestError, ResponseError }

export const invalidUrl = (request: HttpClientRequest, cause: unknown): RequestError =>
  new RequestError({ request, reason: "InvalidUrl", cause })

export const noResponse = (request: HttpClientRequest, cause: unknown): RequestError =>
  new RequestError({ request, reason: "Transport", cause })

export const errorStatus = (response: HttpClientResponse): ResponseError =>
  new ResponseError({ request: response.request, response, reason: "StatusCode" })

export const unreadableBody = (
  response: HttpClientResponse,
  of: { readonly cause?: unknown; readonly description?: string },
): ResponseError => new ResponseError({ request: response.request, response, reason: "Decode", ...of })

/** The response, if the error is about its status. */
export const responseOf = (error: HttpClientError): HttpClientResponse | undefined =>
  error.reason === "StatusCode" ? error.response : undefined

/** Whether there was a response, whose body is at fault. */
export const isAboutBody = (error: HttpClientError): error is ResponseError => error._tag === "ResponseError"

/** Whether the request was refused before it was sent. */
export const isUnsent = (error: RequestError): boolean => error.reason !== "Transport"

/** Whether the error is that there is no body. */
export const isEmpty = (error: ResponseError): boolean => error.reason === "EmptyBody"
