// The contract in a worker: its one request brings the server's line, its answer is the report.

import { layer } from "#transport"
import { run } from "./contract.js"
import { controlOver } from "./control.js"

export default {
  async fetch(request: Request): Promise<Response> {
    const { controlToken, controlUrl, ...server } = JSON.parse(await request.text())
    return new Response(JSON.stringify(await run(server, controlOver(controlUrl, controlToken), layer)))
  },
}
