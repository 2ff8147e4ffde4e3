/** The same call with an API key, with a username and password, and with a bearer token. */
import { Credentials, Users } from "@effect-tiledb/client"
import { Deployment, Fixtures } from "@effect-tiledb/testkit"
import { Console, Effect } from "effect"
import { inMemory, usersAs } from "./example.js"

const program = Effect.gen(function* () {
  const deployment = yield* Deployment.Deployment
  const bearer = deployment.issueBearer(deployment.ownerId)
  const credentials = {
    "API key": Credentials.apiKey(deployment.apiKey),
    "HTTP Basic": Credentials.basic("ada", Fixtures.password("ada")),
    // An effect: a real one would ask an identity provider. See docs/configuration.md for refreshing.
    "bearer token": Credentials.bearer(Effect.orDie(bearer)),
  }
  for (const [scheme, credential] of Object.entries(credentials)) {
    const self = Effect.flatMap(Users.Users, (users) => users.getSelfUser)
    const { user } = yield* Effect.provide(self, usersAs({ credentials: credential }))
    yield* Console.log(`${scheme}: ${user.username}`)
  }
})

inMemory("Signs in with each of the three schemes.", program)
