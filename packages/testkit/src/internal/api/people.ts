import type { TileDBClient } from "@effect-tiledb/client"
import { Model, type Operation, type ValidationErrorField, WorkspaceRole } from "@effect-tiledb/schema"
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Hash from "effect/Hash"
import * as Order from "effect/Order"
import type { Workspace } from "../state/rows.js"
import { rank, roleIn } from "../state/workspace.js"
import { Failure, type FailureKind } from "./failure.js"
import { type Answer, type Call, type Endpoint, fail, type Machine } from "./machine.js"
import { decoded } from "./requestBody.js"

// What the groups about people have in common: workspaces, rights, pages, lists.

/** A call whose query and body are what its row's schemas decode. */
type Typed<Row extends Operation> = Omit<Call, "body" | "query"> & {
  readonly query: NonNullable<TileDBClient.Arguments<Row>["query"]>
  readonly body: TileDBClient.Arguments<Row>["request"]
}

type Handlers<Rows extends { readonly [name: string]: Operation }> = {
  readonly [Name in keyof Rows]: (machine: Machine, call: Typed<Rows[Name]>) => Answer
}

/** The endpoints of a group, each for signed-in users. */
export const endpointsOf = <Rows extends { readonly [name: string]: Operation }>(
  rows: Rows,
  handlers: Handlers<Rows>,
): Machine["endpoints"] =>
  new Map(
    Object.entries(rows).map(([name, row]): readonly [Operation, Endpoint] => {
      // The seam between rows and types: a handler is called with what its own row has decoded.
      const handler = handlers[name] as (machine: Machine, call: unknown) => Answer
      const handle = (machine: Machine, call: Call): Answer => {
        const body = decoded(machine, row.request, call.body)
        return body instanceof Failure ? body : handler(machine, { ...call, body })
      }
      return [row, { access: "user", handle }]
    }),
  )

/** Acts in the workspace of the path, if the caller belongs to it and has at least this role there. */
export const inWorkspace = (
  machine: Machine,
  { caller, parameters, token }: Pick<Call, "caller" | "parameters" | "token">,
  least: string,
  act: (workspace: Workspace, role: string) => Answer,
): Answer => {
  const { people } = machine.policy
  const workspace = machine.state.workspace(String(parameters.workspace))
  const role = workspace && roleIn(workspace, caller.user)
  if (workspace === undefined || role === undefined) {
    return fail(machine, workspace && people.foreignWorkspace === 403 ? "forbidden" : "workspaceNotFound")
  }
  const limit = machine.state.tables.tokens.get(token)?.token.workspace_id ?? workspace.id
  const isElsewhere = people.tokenWorkspace === "own" && limit !== workspace.id
  return isElsewhere || rank(role) < rank(least) ? fail(machine, "forbidden") : act(workspace, role)
}

/** Whether a user with this role may add, change, remove and invite people who have, or get, the others. */
export const manages = ({ policy: { people } }: Machine, role: string, ...others: ReadonlyArray<unknown>): boolean =>
  rank(role) >= rank(others.includes("owner") ? people.mayChangeOwners : people.mayManage)

const sorted = new WeakMap<object, ReadonlyArray<unknown>>()

const roles: ReadonlyArray<string> = [WorkspaceRole.Owner, WorkspaceRole.Admin, WorkspaceRole.Member]

/** Whether a role is a documented one: the service's model has no other. */
export const isRole = (role: string): boolean => roles.includes(role)

/** One page of the items, or why there is none. */
export const pageOf = <A>(
  machine: Machine,
  { page = 1, per_page }: { readonly page?: number | undefined; readonly per_page?: number | undefined },
  items: ReadonlyArray<A>,
  idOf: (item: A) => string,
): Model.Page<A> | Failure => {
  const { aboveGreatest, beyondLast, greatestPage, metadata, order, perPage } = machine.policy.people
  const refuse = (field: string, message: string) => fail(machine, "invalidRequest", [{ field, message }])
  if ((per_page ?? 0) > greatestPage && aboveGreatest === "refused") {
    return refuse("per_page", `must be at most ${greatestPage}`)
  }
  const size = Math.min(per_page ?? perPage, greatestPage)
  const pagination = {
    ...{ page, per_page: size, total_items: items.length, total_pages: Math.ceil(items.length / size) },
  }
  if (page > Math.max(1, pagination.total_pages)) {
    if (beyondLast === 404) return fail(machine, "pathNotFound")
    if (beyondLast === 400) return refuse("page", "is beyond the last page")
  }
  const salt = order === "random" ? machine.state.random.requestId() : ""
  const byHash = Order.mapInput(Order.number, (item: A) => Hash.string(idOf(item) + salt))
  const ordered = (): ReadonlyArray<A> => {
    if (order === "created") return items
    if (order === "random") return Array.sort(items, byHash)
    // The same list is asked for page after page.
    const known = sorted.get(items) as ReadonlyArray<A> | undefined // what was put there for these items
    if (known !== undefined) return known
    const list = Array.sort(items, byHash)
    sorted.set(items, list)
    return list
  }
  return {
    items: ordered().slice((page - 1) * size, page * size),
    ...(metadata === "present" && { pagination: new Model.Pagination(pagination) }),
  }
}

/** What revoking something gives that is not there. */
export const unknown = (machine: Machine, kind: FailureKind): Failure | undefined =>
  machine.policy.people.revokeUnknown === 404 ? fail(machine, kind) : undefined

/** What is wrong with an element of a list. */
export const problem = (kind: FailureKind, field: string, message: string) => Either.left({ kind, field, message })

/** What to do for an element of a list: something, nothing (`undefined`), or it has a problem. */
type Read<A> = Either.Either<A | undefined, { readonly kind: FailureKind } & ValidationErrorField>

/** What to do for the elements of a list: for none if one has a problem, or as the policy says for those without. */
export const readList = <A, B>(
  machine: Machine,
  list: ReadonlyArray<A>,
  keyOf: (element: A) => string,
  read: (element: A, isRepeated: boolean) => Read<B>,
): ReadonlyArray<B> | Failure => {
  const keys = list.map(keyOf)
  const [problems, values] = Array.separate(
    list.map((element, index) =>
      Either.mapLeft(read(element, keys.indexOf(keyOf(element)) < index), ({ field, kind, message }) => ({
        ...{ kind, field: `${index}.${field}`, message },
      })),
    ),
  )
  const [first] = problems
  if (first === undefined || machine.policy.people.lists === "each")
    return values.filter((value) => value !== undefined)
  const fields = problems.map(({ field, message }) => ({ field, message }))
  return fail(machine, first.kind, fields)
}
