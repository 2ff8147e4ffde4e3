/** Serves the site that `pnpm docs:build` has built, until Ctrl-C; `PORT` chooses another port. */
import { existsSync } from "node:fs"
import { listen, site } from "./server.js"

if (!existsSync(site)) {
  console.error(`There is no ${site}: run pnpm docs:build first`)
  process.exit(1)
}
const { origin } = await listen(Number(process.env.PORT ?? 4173))
console.log(`The site is at ${origin}`)
