// The contract in a page of a browser: control goes through the driver, as the control port lets no page in.
import { layer } from "#transport"
import { run, type Server } from "./contract.js"
import type { Control } from "./control.js"

Object.assign(globalThis, {
  contract: (server: Server, control: Control) => run(server, control, layer),
})
