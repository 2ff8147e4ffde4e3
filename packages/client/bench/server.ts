/** The service that is measured against, in a process of its own: every request is answered with one user, keep-alive. */
import { createServer } from "node:http"
import { user } from "./user.js"

const answer = Buffer.from(JSON.stringify({ data: user }))

const server = createServer((_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": answer.byteLength })
  response.end(answer)
})

server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.send?.(typeof address === "object" && address !== null ? address.port : 0)
})
process.on("disconnect", () => process.exit(0))
