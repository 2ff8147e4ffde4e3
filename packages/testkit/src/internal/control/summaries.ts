import * as Predicate from "effect/Predicate"

/** What each operation does. */
const summaries: Readonly<Record<string, string>> = {
  "deployment.status": "Returns the number of users, the time, and credentials of the first owner",
  "deployment.reset": "Resets the deployment to its start",
  "deployment.exportState": "Returns the whole state, as `--export-on-exit` writes it",
  "deployment.importState": "Replaces the whole state",
  "snapshots.take": "Takes a snapshot of the state",
  "snapshots.restore": "Restores a snapshot; it can be restored again",
  "snapshots.drop": "Drops a snapshot",
  "users.list": "Lists the users",
  "users.add": "Adds a user, without an e-mail",
  "users.get": "Returns a user",
  "users.change": "Changes a user, also what the API does not change: the password, the role, the confirmation",
  "users.issueApiKey": "Issues an API key of a user",
  "users.issueBearer": "Issues a bearer token of a user",
  "faults.list": "Lists the rules in force: how many calls each had, and how many it struck",
  "faults.add": "Adds a rule",
  "faults.remove": "Removes a rule",
  "faults.clear": "Removes all rules",
  "journal.entries": "Returns the calls, as one JSON object a line, without secrets",
  "journal.diff": "Compares the calls with what is expected",
  "journal.clear": "Clears the journal",
  "clock.now": "Returns the time of the deployment",
  "clock.set": "Sets the time of the deployment",
  "clock.advance": "Moves the time of the deployment forward",
  "mailbox.list": "Lists the e-mails, with their tokens",
  "mailbox.take": "Takes the oldest e-mail out; waits while calls are in flight",
  "mailbox.answerInvitation": "Accepts or rejects an invitation as the invited person",
  "mailbox.clear": "Throws all e-mails away",
}

/** The document of the control API with the summary of each operation. */
export const withSummaries = (document: Record<string, unknown>): Record<string, unknown> => {
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}))
  for (const operation of operations.filter(Predicate.isRecord)) {
    operation.summary = summaries[String(operation.operationId)]
  }
  return document
}
