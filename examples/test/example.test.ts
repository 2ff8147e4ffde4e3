import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

it("Ctrl-C ends an example with 130", async () => {
  const script = fileURLToPath(new URL("../src/in-a-browser.ts", import.meta.url))
  const child = spawn(process.execPath, ["--import", "tsx", script])
  await once(child.stdout, "data")
  child.kill("SIGINT")
  const [code] = await once(child, "exit")
  assert.strictEqual(code, 130)
})
