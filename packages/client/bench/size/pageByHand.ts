/** `examples/src/page.ts` by hand: the same imports of Effect, and the platform in place of the client. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { optional, User } from "./userByHand.js"

declare const document: {
  readonly body: { readonly dataset: Readonly<Record<string, string>>; textContent: string }
}

const Member = Schema.Struct({ user_id: Schema.String, role: Schema.String })

const Workspace = Schema.Struct({
  workspace_id: Schema.String,
  name: Schema.String,
  created_by: Member,
  self: Member,
  description: optional(Schema.String),
  created_at: Schema.DateTimeUtc,
  updated_at: optional(Schema.DateTimeUtc),
  image_id: optional(Schema.String),
})

const UserSelfGetResponse = Schema.Struct({
  data: Schema.Struct({ user: User, workspaces: optional(Schema.Array(Workspace)) }),
})

class NoToken extends Data.TaggedError("NoToken")<{ readonly cause: unknown }> {}

const token = Effect.tryPromise({
  try: async () => {
    const response = await fetch("/token")
    if (!response.ok) throw new Error(`/token: ${response.status}`)
    return Redacted.make((await response.text()).trim())
  },
  catch: (cause) => new NoToken({ cause }),
})

const program = Effect.gen(function* () {
  const { data } = yield* HttpClientRequest.get(`${document.body.dataset.api}/users/self`).pipe(
    HttpClientRequest.acceptJson,
    HttpClientRequest.bearerToken(yield* token),
    HttpClient.execute,
    Effect.flatMap(HttpClientResponse.filterStatusOk),
    Effect.flatMap(HttpClientResponse.schemaBodyJson(UserSelfGetResponse)),
  )
  return `Signed in as ${data.user.username}`
})

program.pipe(
  Effect.provide(FetchHttpClient.layer),
  Effect.catchAll((error) => Effect.succeed(error.message)),
  Effect.flatMap((text) =>
    Effect.sync(() => {
      document.body.textContent = text
    }),
  ),
  Effect.runFork,
)
