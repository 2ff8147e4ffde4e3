/** What the live page can try, as data: the same for the form, the buttons, the link and the code. */
import * as RetryPolicy from "@effect-tiledb/client/RetryPolicy"
import type { OperationName } from "@effect-tiledb/schema"
import * as Faults from "@effect-tiledb/testkit/Faults"

interface Named<A> {
  readonly label: string
  readonly value: A
  /** The value as a program writes it. */
  readonly code: string
}

/** What can go wrong, by its name in a link. */
export const faults: Readonly<Record<string, Named<Faults.Fault | undefined>>> = {
  nothing: { label: "nothing", value: undefined, code: "" },
  "503": { label: "503, the service restarts", value: Faults.status(503), code: "Faults.status(503)" },
  "503-wait": {
    label: "503 with Retry-After: 1",
    value: Faults.status(503, { retryAfter: "1 second" }),
    code: 'Faults.status(503, { retryAfter: "1 second" })',
  },
  "429-wait": {
    label: "429 with Retry-After: 1",
    value: Faults.status(429, { retryAfter: "1 second" }),
    code: 'Faults.status(429, { retryAfter: "1 second" })',
  },
  "500-before": { label: "500, before it acts", value: Faults.status(500), code: "Faults.status(500)" },
  "500-after": {
    label: "500, after it has acted",
    value: Faults.status(500, { when: "after" }),
    code: 'Faults.status(500, { when: "after" })',
  },
  "reset-before": {
    label: "connection reset, before it acts",
    value: Faults.reset("before"),
    code: 'Faults.reset("before")',
  },
  "reset-after": {
    label: "connection reset, after it has acted",
    value: Faults.reset("after"),
    code: 'Faults.reset("after")',
  },
  refused: { label: "connection refused", value: Faults.refuse, code: "Faults.refuse" },
  silence: { label: "silence, after it has acted", value: Faults.silence("after"), code: 'Faults.silence("after")' },
  "cut-body": { label: "the body breaks off", value: Faults.cutBody("reset"), code: 'Faults.cutBody("reset")' },
  "proxy-page": { label: "a proxy's page, 502", value: Faults.html(502), code: "Faults.html(502)" },
  "console-page": { label: "a console's page, 200", value: Faults.html(200), code: "Faults.html(200)" },
  redirect: {
    label: "a redirect to another origin",
    value: Faults.redirect("https://elsewhere.example/v4/users/self"),
    code: 'Faults.redirect("https://elsewhere.example/v4/users/self")',
  },
}

const short = { attemptTimeout: "2 seconds", deadline: "6 seconds" } as const

/** The presets, with shorter times; the code shows the presets. */
export const policies: Readonly<Record<string, Named<RetryPolicy.RetryPolicy>>> = {
  standard: {
    label: "4 attempts (standard)",
    value: RetryPolicy.modify(RetryPolicy.standard, short),
    code: "RetryPolicy.standard",
  },
  none: {
    label: "1 attempt (none)",
    value: RetryPolicy.modify(RetryPolicy.none, { attemptTimeout: "2 seconds", deadline: "2 seconds" }),
    code: "RetryPolicy.none",
  },
  unsafe: {
    label: "4 attempts, unsafe ones too",
    value: RetryPolicy.modify(RetryPolicy.standard, { ...short, repeatUnsafe: true }),
    code: "RetryPolicy.modify(RetryPolicy.standard, { repeatUnsafe: true })",
  },
}

/** How many attempts the fault strikes. */
export const strikes = { "1": "the first attempt", "2": "the first 2 attempts", all: "all attempts" } as const
export type Strikes = keyof typeof strikes

export interface Choice {
  readonly operation: OperationName
  readonly who: string
  readonly fault: string
  readonly strikes: Strikes
  readonly policy: string
}

const standard = { who: "ada", strikes: "1", policy: "standard" } as const

export const scenarios: ReadonlyArray<{ readonly title: string; readonly choice: Choice }> = [
  {
    title: "The response to createUser is lost",
    choice: { ...standard, operation: "createUser", who: "grace", fault: "reset-after" },
  },
  {
    title: "The service restarts during a read",
    choice: { ...standard, operation: "getUser", fault: "503", strikes: "2" },
  },
  {
    title: "A 503 to a request for an e-mail",
    choice: { ...standard, operation: "requestPasswordReset", fault: "503" },
  },
  {
    title: "The same with Retry-After",
    choice: { ...standard, operation: "requestPasswordReset", fault: "503-wait" },
  },
  {
    title: "The response to deleteUser is lost",
    choice: { ...standard, operation: "deleteUser", fault: "reset-after" },
  },
  {
    title: "A redirect to another origin",
    choice: { ...standard, operation: "getSelfUser", fault: "redirect" },
  },
]

const calls: Readonly<Record<OperationName, (who: string) => string>> = {
  createUser: (who) => `users.createUser({\n  username: "${who}",\n  email: "${who}@example.com",\n  password,\n})`,
  getSelfUser: () => "users.getSelfUser",
  getUser: () => "users.getUser(id)",
  updateUser: () => "users.updateUser(id, { display_name })",
  deleteUser: () => "users.deleteUser(id)",
  requestEmailConfirmation: (who) => `users.requestEmailConfirmation({ username_or_email: "${who}" })`,
  confirmEmail: () => "users.confirmEmail(token)",
  requestPasswordReset: (who) => `users.requestPasswordReset({ username_or_email: "${who}" })`,
  resetPassword: () => "users.resetPassword(token, { new_password })",
  changePassword: () => "users.changePassword({ current_password, new_password })",
}
export const operations = Object.keys(calls) as ReadonlyArray<OperationName>

/** The call as a program has it. */
export const codeOf = ({ fault, operation, policy, strikes, who }: Choice): string => {
  const nth = { "1": "  nth: [1],\n", "2": "  nth: [1, 2],\n", all: "" }[strikes]
  const rule = `{\n  operation: "${operation}",\n  fault: ${faults[fault]?.code},\n${nth}}`
  const steps = [
    `RetryPolicy.withRetryPolicy(${policies[policy]?.code}),`,
    ...(faults[fault]?.value === undefined ? [] : [`Faults.withFaults(${rule}),`]),
  ]
  return `${calls[operation](who)}.pipe(\n${steps.join("\n").replace(/^/gm, "  ")}\n)`
}

export const queryOf = (choice: Choice): string => new URLSearchParams({ ...choice }).toString()

/** The choice of a link, where each part of it is one that the form has. */
export const choiceOf = (query: string): Choice | undefined => {
  const {
    fault = "",
    policy = "standard",
    strikes: given = "1",
    who = "ada",
    operation,
  } = Object.fromEntries(new URLSearchParams(query))
  const called = operations.find((name) => name === operation)
  const struck = (Object.keys(strikes) as ReadonlyArray<Strikes>).find((name) => name === given)
  if (called === undefined || struck === undefined || !/^[\w.-]+$/.test(who)) return undefined
  return Object.hasOwn(faults, fault) && Object.hasOwn(policies, policy)
    ? { operation: called, who, fault, strikes: struck, policy }
    : undefined
}
