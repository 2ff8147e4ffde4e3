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

const pagination_metadata = { page: 1, per_page: 20, total_pages: 1, total_items: 1 }

const invitation = {
  invitation_id: "inv_9m4e2mr0ui3e8a215n4g",
  invitee_email: "grace@example.com",
  created_by: {
    user_id: user.id,
    display_name: user.display_name,
    email: user.email,
    workspace_role: "owner",
  },
  created_at: user.created_at,
  workspace_invitation: {
    workspace_id: workspace.workspace_id,
    name: workspace.name,
    prospective_role: "member",
  },
}

const token = {
  token_id: "tok_9m4e2mr0ui3e8a215n4g",
  name: "nightly export",
  created_at: user.created_at,
  expires_at: "2026-02-28T12:00:00Z",
  api_key: "tiledb_…",
  workspace_id: workspace.workspace_id,
  scope: "*",
}

/** Example responses by operation name, for mock servers and for readers of the document. */
export const examples: Readonly<Record<string, unknown>> = {
  createUser: { data: user },
  getUser: { data: user },
  getSelfUser: { data: { user, workspaces: [workspace] } },
  createWorkspaceUsers: { data: [member] },
  getWorkspace: { data: workspace },
  getWorkspaceUser: { data: member },
  listWorkspaceUsers: { data: [member], pagination_metadata },
  listInvitations: { data: [invitation], pagination_metadata },
  createToken: { data: token },
  listTokens: { data: [token], pagination_metadata },
  Error: { code: 10201, message: "The request is not valid", request_id: "req_9m4e2mr0ui3e8a215n4g" },
}
