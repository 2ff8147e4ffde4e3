import * as Predicate from "effect/Predicate"

/** What each operation does. */
const summaries: Readonly<Record<string, string>> = {
  "deployment.status": "Returns the number of users, the time, and credentials of the first owner",
  "deployment.reset": "Resets the deployment to its start, or to the state that was set last",
  "deployment.exportState": "Returns the whole state, as `--export-on-exit` writes it",
  "deployment.importState": "Sets the whole state, to which a reset then returns",
  "snapshots.take": "Takes a snapshot of the state",
  "snapshots.restore": "Restores a snapshot; it can be restored again",
  "snapshots.drop": "Deletes a snapshot",
  "users.list": "Lists the users",
  "users.add": "Adds a user, without an e-mail",
  "users.get": "Returns a user",
  "users.change": "Changes a user, also what the API does not change: the password, the role, the confirmation",
  "users.issueApiKey": "Issues an API key of a user",
  "users.issueBearer": "Issues a bearer token of a user",
  "faults.list": "Lists the rules in force: how many calls each had, and how many it struck",
  "faults.add": "Adds a rule",
  "faults.remove": "Removes a rule",
  "faults.clear": "Removes all rules; a reset restores those of the start",
  "journal.entries": "Returns the calls, as one JSON object a line, without secrets",
  "journal.diff": "Compares the calls with what is expected",
  "journal.clear": "Clears the journal",
  "clock.now": "Returns the time of the deployment",
  "clock.set": "Sets the time of the deployment",
  "clock.advance": "Moves the time of the deployment forward",
  "mailbox.list": "Lists the e-mails, with their tokens",
  "mailbox.take": "Returns and removes the oldest e-mail; waits while calls are in flight",
  "mailbox.answerInvitation": "Accepts or rejects an invitation as the invited person",
  "mailbox.clear": "Deletes all e-mails",
}

/** The document of the control API with the summary of each operation. */
export const withSummaries = (document: Record<string, unknown>): Record<string, unknown> => {
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}))
  for (const operation of operations.filter(Predicate.isRecord)) {
    operation.summary = summaries[String(operation.operationId)]
  }
  return document
}
