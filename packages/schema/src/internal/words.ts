import type { OperationName } from "../Operations.js"
import type { InvitationsOperations, TokensOperations, WorkspacesOperations } from "../PeopleOperations.js"

/** The document's texts for an operation. */
export interface Words {
  readonly summary: string
  readonly description: string
  readonly success: string
}

/** The document's texts for each operation, by group. */
export const users: Readonly<Record<OperationName, Words>> = {
  changePassword: {
    summary: "Change the current user's password",
    description: "Replaces the password of the user whose credential is sent; needs the password in use now.",
    success: "The password was changed",
  },
  confirmEmail: {
    summary: "Confirm an e-mail address",
    description:
      "Confirms the address that the scoped token was sent to. The token is the only credential of this call.",
    success: "The address was confirmed",
  },
  createUser: {
    summary: "Create a user",
    description: "Registers a new user. A public deployment needs no credential for it, a private one may.",
    success: "The user that was created",
  },
  deleteUser: {
    summary: "Delete a user",
    description: "Deletes the user with this id.",
    success: "The user was deleted",
  },
  getSelfUser: {
    summary: "Retrieve the current user",
    description: "Gives the user whose credential is sent, and the workspaces that the user belongs to.",
    success: "The current user and the user's workspaces",
  },
  getUser: {
    summary: "Retrieve a user",
    description: "Gives the user with this id.",
    success: "The user with this id",
  },
  requestEmailConfirmation: {
    summary: "Request a new confirmation e-mail",
    description: "Sends another e-mail with a scoped token for confirmEmail.",
    success: "The e-mail was sent",
  },
  requestPasswordReset: {
    summary: "Request a password-reset e-mail",
    description: "Sends an e-mail with a scoped token for resetPassword to the user's address. Needs no credential.",
    success: "The request was accepted; an existing user gets an e-mail",
  },
  resetPassword: {
    summary: "Reset a password with a scoped token",
    description:
      "Sets the password of the user whom the scoped token was sent to. The token is the only credential of this call.",
    success: "The password was set",
  },
  updateUser: {
    summary: "Update a user",
    description: "Changes the given properties of the user with this id; what is left out stays as it is.",
    success: "The user was changed",
  },
}

export const workspaces: Readonly<Record<keyof typeof WorkspacesOperations, Words>> = {
  createWorkspaceUsers: {
    summary: "Add users to a workspace",
    description: "Makes users, who have an account, members of the workspace, each with a role.",
    success: "The members that were added",
  },
  deleteWorkspaceUser: {
    summary: "Remove a member from a workspace",
    description: "Ends the membership of the user with this id; the account stays.",
    success: "The membership has ended",
  },
  getWorkspace: {
    summary: "Retrieve a workspace",
    description: "Gives the workspace, who created it, and the caller's own membership.",
    success: "The workspace",
  },
  getWorkspaceUser: {
    summary: "Retrieve a member of a workspace",
    description: "Gives the membership of the user with this id.",
    success: "The member",
  },
  listWorkspaceUsers: {
    summary: "List the members of a workspace",
    description: "Gives a page of the members, or of those whose username or e-mail address a text is found in.",
    success: "A page of members",
  },
  updateWorkspaceUser: {
    summary: "Set the role of a member",
    description: "Sets the role that the user with this id has in the workspace.",
    success: "The role was set",
  },
}

export const invitations: Readonly<Record<keyof typeof InvitationsOperations, Words>> = {
  createInvitations: {
    summary: "Invite people by e-mail",
    description: "Sends an e-mail to each address; the person becomes a member with this role by accepting it.",
    success: "The invitations were sent",
  },
  listInvitations: {
    summary: "List the invitations to a workspace",
    description: "Gives a page of the invitations that were sent.",
    success: "A page of invitations",
  },
  revokeInvitation: {
    summary: "Revoke an invitation",
    description: "Takes an invitation back that has not been accepted or rejected.",
    success: "The invitation is void",
  },
}

export const tokens: Readonly<Record<keyof typeof TokensOperations, Words>> = {
  createToken: {
    summary: "Create a token",
    description: "Creates an API token for a workspace, or a session token without one. The response has the secret.",
    success: "The token, with its secret",
  },
  listTokens: {
    summary: "List one's own tokens",
    description: "Gives a page of the caller's API tokens or session tokens.",
    success: "A page of tokens",
  },
  revokeToken: {
    summary: "Revoke one's own token",
    description: "The token with this id stops working.",
    success: "The token is void",
  },
}
