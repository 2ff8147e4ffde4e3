const user = {
  id: "usr_9m4e2mr0ui3e8a215n4g",
  display_name: "Ada Lovelace",
  email: "ada@example.com",
  is_valid_email: true,
  role: "owner",
  username: "ada",
  timezone: "Europe/London",
  created_at: "2026-01-31T12:00:00Z",
  updated_at: "2026-01-31T12:00:00Z",
}

const member = {
  user_id: user.id,
  username: user.username,
  display_name: user.display_name,
  email: user.email,
  role: "owner",
  added_by: user.id,
  created_at: user.created_at,
}

const workspace = {
  workspace_id: "ws_9m4e2mr0ui3e8a215n4g",
  name: "engines",
  created_by: member,
  self: member,
  created_at: user.created_at,
}

/** Example responses by operation name, for mock servers and for readers of the document. */
export const examples: Readonly<Record<string, unknown>> = {
  createUser: { data: user },
  getUser: { data: user },
  getSelfUser: { data: { user, workspaces: [workspace] } },
  Error: { code: 10201, message: "The request is not valid", request_id: "req_9m4e2mr0ui3e8a215n4g" },
}
