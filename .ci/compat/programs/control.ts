/** One request to the control port; gives the body of its answer. */
export type Control = (method: string, path: string, body?: unknown) => Promise<string>

/** The control port over fetch, for whoever may reach it. */
export const controlOver =
  (url: string, token: string): Control =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text
  }
