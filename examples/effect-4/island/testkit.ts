/** For tests. */
export { Deployment, Faults, Journal, Mailbox, TestHttpClient } from "@effect-tiledb/testkit"
