// Run in a page of another origin: tries to use both ports.
// biome-ignore lint/correctness/noUnusedVariables: the test calls it.
const attack = async ({ api, control, key, token }) => {
  const user = (name) => JSON.stringify({ username: name, email: `${name}@example.com`, password: "p" })
  const json = { "content-type": "application/json" }
  const tries = {
    "a read": () => fetch(`${api}/users/self`),
    "a read with a key": () => fetch(`${api}/users/self`, { headers: { "x-tiledb-rest-api-key": key } }),
    "a simple request": () => fetch(`${api}/users`, { method: "POST", body: user("simple") }),
    "a request with a preflight": () =>
      fetch(`${api}/users`, { method: "POST", headers: json, body: user("preflight") }),
    "the document": () => fetch(new URL("/openapi.json", api)),
    "the mailbox": () => fetch(new URL("/mailbox?to=owner", api)),
    "a reset": () => fetch(`${control}/deployment/reset`, { method: "POST" }),
    "control with its token": () => fetch(`${control}/deployment`, { headers: { authorization: `Bearer ${token}` } }),
    "a further user": () => fetch(`${control}/users`, { method: "POST", headers: json, body: user("control") }),
  }
  const answered = []
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      const response = await attempt()
      if (response instanceof Response && response.ok) answered.push(name)
    } catch {
      // Not for this page to read.
    }
  }
  // What a page can send without being able to read what comes back.
  for (const url of [`${api}/users`, `${control}/deployment/reset`, `${control}/users`]) {
    await fetch(url, { method: "POST", mode: "no-cors", body: user("opaque") }).catch(() => {})
    navigator.sendBeacon(url, new Blob([user("beacon")], { type: "text/plain" }))
    const form = document.createElement("form")
    const frame = document.createElement("iframe")
    frame.name = `frame-${Math.random()}`
    document.body.append(frame, form)
    Object.assign(form, { action: url, method: "post", enctype: "text/plain", target: frame.name })
    const field = document.createElement("input")
    Object.assign(field, { name: user("form").slice(0, -1), value: '"}' })
    form.append(field)
    form.submit()
    await new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }))
  }
  return answered
}
