/** Each message of docs/trouble.md is produced here, or by the tests of the client's error texts. */
import * as Fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { FileSystem, HttpClient, HttpClientError, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Credentials, TileDBClient, TileDBConfig, Users } from "@effect-tiledb/client"
import * as NodeNetwork from "@effect-tiledb/client/NodeNetwork"
import * as NodeTransport from "@effect-tiledb/client/NodeTransport"
import { Faults, TestServer, TestUsers } from "@effect-tiledb/testkit"
import { Cause, ConfigProvider, Effect, Layer, Redacted } from "effect"
import ts from "typescript"

const read = (path: string) => Fs.readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
const blocks = Array.from(read("docs/trouble.md").matchAll(/```text\n([\s\S]*?)\n```/g), ([, text = ""]) => text)

/** The messages of installers and of Effect: `.ci/compat/orders.ts` produces the first two. */
const elsewhere = ["npm error ERESOLVE", "Cannot find module", "Executing an Effect versioned"]
const produced: Array<string> = [read("packages/client/test/failure/messages.md")]

const programs = {
  tag: `import { Users } from "@effect-tiledb/client"
import { Effect } from "effect"
export const program = Effect.gen(function* () { return yield* Users })`,
  call: `import { Users } from "@effect-tiledb/client"
import { Effect } from "effect"
export const program = Effect.flatMap(Users.Users, (users) => users.getSelfUser())`,
  transport: `import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { TileDBClient, Users } from "@effect-tiledb/client"
import { Effect, Layer } from "effect"
const UsersLive = Users.layer.pipe(Layer.provide(TileDBClient.layerConfig()))
NodeRuntime.runMain(Effect.flatMap(Users.Users, (users) => users.getSelfUser).pipe(Effect.provide(UsersLive)))`,
  id: `import { Users } from "@effect-tiledb/client"
import { Effect } from "effect"
export const program = Effect.flatMap(Users.Users, (users) => users.getUser("usr_9m4e2mr0ui3e8a215n4g"))`,
  password: `import { Users } from "@effect-tiledb/client"
import { Effect } from "effect"
const ada = { username: "ada", email: "ada@example.com" }
export const program = Effect.flatMap(Users.Users, (users) => users.createUser({ ...ada, password: "secret" }))`,
  process: "export const home = process.env.HOME",
}

/** What the compiler reports about these files, as `tsc` prints it. */
const compile = () => {
  const files = new Map(
    Object.entries(programs).map(([name, code]) => [
      fileURLToPath(new URL(`${name}.trouble.ts`, import.meta.url)),
      code,
    ]),
  )
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    exactOptionalPropertyTypes: true,
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => files.has(file) || fileExists(file)
  host.getSourceFile = (file, ...rest) => {
    const code = files.get(file)
    return code === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, code, rest[0])
  }
  const program = ts.createProgram(Array.from(files.keys()), options, host)
  return Array.from(files.keys()).flatMap((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`),
  )
}

const self = Effect.flatMap(Users.Users, (users) => users.getSelfUser)
const failureOf = <A>(effect: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(Effect.sandbox(effect)), (cause) => String(Cause.squash(cause)))

/** The failure of a call over the transport of Node, with these variables. */
const withVariables = (variables: Readonly<Record<string, string>>) =>
  self.pipe(
    Effect.provide(Users.layer.pipe(Layer.provide(TileDBClient.layerConfig()), Layer.provide(NodeTransport.layer))),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
    failureOf,
  )

/** The address of a server that is open as long as the scope. */
const listening = (server: Http.Server) =>
  Effect.acquireRelease(
    Effect.async<string>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.sync(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
      )
    }),
    () => Effect.sync(() => server.close()),
  )

/** The failure of a client that reads this `cloud.json`. */
const cloudJson = (content: object) =>
  TileDBConfig.withFiles().pipe(
    Effect.provide(
      Layer.merge(
        FileSystem.layerNoop({ readFile: () => Effect.succeed(Buffer.from(JSON.stringify(content))) }),
        Path.layer,
      ),
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["HOME", "/ada"]]))),
    failureOf,
  )

const matches = (block: string) =>
  produced.some((text) =>
    new RegExp(
      block
        .split("…")
        .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join("[\\s\\S]*?"),
    ).test(text),
  )

describe("docs/trouble.md", () => {
  it("compiler", { timeout: 60_000 }, () => {
    produced.push(...compile())
  })

  it.live("configuration", () =>
    Effect.gen(function* () {
      const TILEDB_REST_TOKEN = "tiledb_x"
      produced.push(
        yield* withVariables({}),
        yield* withVariables({ TILEDB_REST_TOKEN, TILEDB_REST_HOST: "https://app.tiledb.com" }),
        yield* withVariables({ TILEDB_REST_TOKEN, TILEDB_REST_HOST: "https://api.tiledb.com/api" }),
        yield* withVariables({ TILEDB_REST_TOKEN, TILEDB_REST_HOST: "http://api.tiledb.com" }),
        yield* withVariables({ TILEDB_REST_TOKEN, TILEDB_REST_HOST: '"https://api.tiledb.com"' }),
        yield* withVariables({ TILEDB_REST_TOKEN, TILEDB_SSL_CA_FILE: "/ca.pem" }),
        yield* cloudJson({ api_key: "tiledb_x" }),
      )
    }),
  )

  it.live("responses of other servers", () =>
    Effect.gen(function* () {
      const page = Http.createServer((_, response) =>
        response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
      )
      const url = yield* listening(page)
      const { baseUrl } = yield* TestServer.TestServer
      const host = { TILEDB_REST_TOKEN: "tiledb_x" }
      produced.push(
        yield* withVariables({ ...host, TILEDB_REST_HOST: url }),
        yield* withVariables({ ...host, TILEDB_REST_HOST: url.replace("http:", "https:") }),
        yield* withVariables({ ...host, TILEDB_REST_HOST: baseUrl }),
        yield* failureOf(Effect.provide(self, TestUsers.layer({ credentials: Credentials.anonymous }))),
        yield* failureOf(Layer.launch(TestServer.layer({ port: Number(new URL(url).port) }))),
      )
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer())),
  )

  it.scopedLive("a page: an API key, and a service without CORS headers", () =>
    Effect.gen(function* () {
      for (const name of ["window", "document"]) {
        yield* Effect.acquireRelease(
          Effect.sync(() => Reflect.set(globalThis, name, {})),
          () => Effect.sync(() => Reflect.deleteProperty(globalThis, name)),
        )
      }
      const blocked = HttpClient.make((request) =>
        Effect.fail(
          new HttpClientError.RequestError({ request, reason: "Transport", cause: new TypeError("Failed to fetch") }),
        ),
      )
      for (const credentials of [
        Credentials.apiKey(Redacted.make("tiledb_x")),
        Credentials.bearer(Redacted.make("bearer_x")),
      ]) {
        const layer = Users.layer.pipe(
          Layer.provide(TileDBClient.layer({ credentials })),
          Layer.provide(Layer.succeed(HttpClient.HttpClient, blocked)),
        )
        produced.push(yield* failureOf(Effect.provide(self, layer)))
      }
    }),
  )

  it.scopedLive("a proxy", () =>
    Effect.gen(function* () {
      const proxy = Http.createServer().on("connect", (_, socket) => {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
      })
      const url = yield* listening(proxy)
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.assign(process.env, { HTTPS_PROXY: url, HTTP_PROXY: url })),
        () => Effect.sync(() => ["HTTPS_PROXY", "HTTP_PROXY"].forEach((name) => void delete process.env[name])),
      )
      const through = (baseUrl: string) =>
        self.pipe(
          Effect.provide(
            Users.layer.pipe(
              Layer.provide(TileDBClient.layer({ baseUrl })),
              Layer.provide(NodeTransport.layerWithoutDispatcher),
              Layer.provide(NodeNetwork.layer()),
              Layer.provide(NodeContext.layer),
            ),
          ),
          failureOf,
        )
      produced.push(yield* through("https://api.tiledb.com/v4"), yield* through("http://127.0.0.1:9/v4"))
      Object.assign(process.env, { HTTPS_PROXY: "http://127.0.0.1:9" })
      produced.push(yield* through("https://api.tiledb.com/v4"))
    }),
  )

  it.effect("a fault that never applies", () =>
    Effect.gen(function* () {
      produced.push(
        yield* failureOf(Effect.provide(Faults.withFaults(Effect.void, { fault: Faults.refuse }), TestUsers.layer())),
      )
    }),
  )

  for (const block of blocks.filter((block) => !elsewhere.some((start) => block.startsWith(start)))) {
    it(block, () => assert.isTrue(matches(block), produced.join("\n")))
  }
})
