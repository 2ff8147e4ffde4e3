// The contract as a program, for Node, Bun and Deno: the server's line and the transport's module come as arguments.
import { run } from "./contract.js"
import { controlOver } from "./control.js"

const [line = "", transport = ""] = process.argv.slice(2)
const { controlToken, controlUrl, ...server } = JSON.parse(line)
const { layer } = await import(transport)
const seen = await run(server, controlOver(controlUrl, controlToken), layer)
console.log(JSON.stringify(seen))
// Whatever is still open keeps nobody.
process.exit(0)
