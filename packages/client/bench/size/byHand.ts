import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { User } from "./userByHand.js"

const UserGetResponse = Schema.Struct({ data: User })

const key = Redacted.make("tiledb_0123456789abcdef")

const getUser = (id: string) =>
  HttpClientRequest.get(`https://api.tiledb.com/v4/users/${id}`).pipe(
    HttpClientRequest.acceptJson,
    HttpClientRequest.setHeader("x-tiledb-rest-api-key", Redacted.value(key)),
    HttpClient.execute,
    Effect.flatMap(HttpClientResponse.filterStatusOk),
    Effect.flatMap(HttpClientResponse.schemaBodyJson(UserGetResponse)),
    Effect.map(({ data }) => data),
  )

Effect.runPromise(Effect.provide(getUser("usr_9m4e2mr0ui3e8a215n4g"), FetchHttpClient.layer)).then((user) =>
  console.log(user.display_name),
)
