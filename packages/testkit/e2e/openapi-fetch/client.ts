// A client generated from the document, as its users would have it: every line here is checked against the document.
import createClient from "openapi-fetch"
import type { components, paths } from "./openapi.js"

const [, , baseUrl = "", apiKey = "", mailboxUrl = ""] = process.argv
const owner = createClient<paths>({ baseUrl, headers: { "X-TILEDB-REST-API-KEY": apiKey } })
const anyone = createClient<paths>({ baseUrl })

const expect = (what: string, actual: unknown, wanted: unknown) => {
  if (actual !== wanted) throw new Error(`${what}: ${String(actual)}, not ${String(wanted)}`)
}

const token = async (kind: "confirm_email" | "password_reset") =>
  (await fetch(`${mailboxUrl}?to=ada&kind=${kind}`)).text()

const created = await anyone.POST("/users", { body: { username: "ada", email: "ada@example.com", password: "first" } })
expect("createUser", created.response.status, 201)
const user: components["schemas"]["User"] | undefined = created.data?.data
const user_id = user?.id ?? ""
const role: "owner" | "admin" | "member" | undefined = user?.role
expect("role", role, "member")

const again = await anyone.POST("/users", { body: { username: "ada", email: "ada@example.com", password: "first" } })
const failure: components["schemas"]["Error"] | undefined = again.error
expect("createUser again", again.response.status, 409)
expect("its field", failure?.validation_error?.fields[0]?.field, "username")

expect("getUser", (await owner.GET("/users/{user_id}", { params: { path: { user_id } } })).data?.data.username, "ada")
const self = await owner.GET("/users/self")
expect("getSelfUser", self.data?.data.workspaces[0]?.self.role, "owner")
const updated = await owner.PATCH("/users/{user_id}", { params: { path: { user_id } }, body: { display_name: "Ada" } })
expect("updateUser", updated.response.status, 204)

const username_or_email = "ada"
const asked = await anyone.POST("/actions/users/request_email_confirmation", { body: { username_or_email } })
expect("requestEmailConfirmation", asked.response.status, 204)
const confirmed = await anyone.POST("/actions/users/confirm_email", {
  params: { header: { "X-TILEDB-REST-API-KEY": await token("confirm_email") } },
})
expect("confirmEmail", confirmed.response.status, 204)
const forgot = await anyone.POST("/actions/users/request_password_reset", { body: { username_or_email } })
expect("requestPasswordReset", forgot.response.status, 204)
const reset = await anyone.POST("/actions/users/reset_password", {
  params: { header: { "X-TILEDB-REST-API-KEY": await token("password_reset") } },
  body: { new_password: "second" },
})
expect("resetPassword", reset.response.status, 204)
const ada = createClient<paths>({ baseUrl, headers: { Authorization: `Basic ${btoa("ada:second")}` } })
const changed = await ada.POST("/actions/users/change_password", {
  body: { current_password: "second", new_password: "third" },
})
expect("changePassword", changed.response.status, 204)
const deleted = await owner.DELETE("/users/{user_id}", { params: { path: { user_id } } })
expect("deleteUser", deleted.response.status, 204)
const gone = await owner.GET("/users/{user_id}", { params: { path: { user_id } } })
expect("getUser after it", gone.response.status, 404)
console.log("ten operations")
