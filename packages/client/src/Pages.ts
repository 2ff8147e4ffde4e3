/**
 * Listings that come in pages: all items as a stream, or a listing that is known to be complete. For the groups of this
 * package and for those of your own.
 *
 * A page is counted from the start of a listing, whose order the API does not document: if a member joins or leaves
 * between two pages, the next one repeats an item or leaves one out. `stream` passes the items on as they come; `all`
 * proves that none is missing, or fails.
 *
 * @since 0.1.0
 */
import type { Model } from "@effect-tiledb/schema"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { structuralRegion } from "effect/Utils"

/**
 * Reads one page, by its number from 1.
 *
 * @since 0.1.0
 * @category models
 */
export type Read<A, E, R = never> = (page: number) => Effect.Effect<Model.Page<A>, E, R>

/** Whether no page follows. Without metadata, an empty page is the last one. */
const isLast = (page: number, { items, pagination }: Model.Page<unknown>): boolean =>
  items.length === 0 || page >= (pagination?.total_pages || Number.POSITIVE_INFINITY)

/**
 * Whether a page is the one before it again: the service does not count pages, and would never come to an end. Where it
 * reports another page, a member has joined.
 */
const isRepeated = (
  page: number,
  { items, pagination }: Model.Page<unknown>,
  before: ReadonlyArray<unknown>,
): boolean =>
  !(pagination?.page === page && pagination.total_pages > 0) && structuralRegion(() => Equal.equals(items, before))

/**
 * All items from a page on, page after page. It holds two pages at a time, ends at an empty page, after the last, or
 * before one that repeats the page before it without metadata, and fails with the error of a page; a new stream can begin
 * at that page.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = <A, E, R>(read: Read<A, E, R>, from = 1): Stream.Stream<A, E, R> =>
  Stream.paginateChunkEffect<{ number: number; before: ReadonlyArray<A> }, A, E, R>(
    { number: from, before: [] },
    ({ before, number }) =>
      Effect.map(read(number), (page) =>
        isRepeated(number, page, before)
          ? [Chunk.empty(), Option.none()]
          : [
              Chunk.unsafeFromArray(page.items),
              isLast(number, page) ? Option.none() : Option.some({ number: number + 1, before: page.items }),
            ],
      ),
  )

/**
 * A listing could not be read completely: the service did not report the number of items (`NoMetadata`), or items came
 * and went, or occurred twice, in all readings (`Changing`).
 *
 * @since 0.1.0
 * @category errors
 */
export class Incomplete extends Schema.TaggedError<Incomplete>("TileDBIncomplete")("Incomplete", {
  /** The name of the operation that reads a page. */
  operation: Schema.String,
  /** What happened, in one self-contained line. */
  message: Schema.String,
  /** Why the listing is not known to be complete. */
  reason: Schema.Literal("NoMetadata", "Changing"),
  /** How many distinct items the last reading found. */
  found: Schema.Int,
  /** How many there are, according to the last page that said so. */
  total: Schema.optionalWith(Schema.Int, { exact: true }),
  /** What was listed, by argument: `{ workspace: "ws_…" }`. */
  subject: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), { exact: true }),
}) {}

/**
 * What `all` needs to know of a listing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing<in A> {
  /** The name of the operation, for the error. */
  readonly operation: string
  /** What is listed, for the error. */
  readonly subject?: Readonly<Record<string, string>>
  /** What makes an item distinct from all others, now and earlier. Items with `""` never make a complete listing. */
  readonly key: (item: A) => string
}

/** One reading of all pages. */
interface Pass<A> {
  readonly items: ReadonlyMap<string, A>
  readonly pages: number
  /** The numbers of items in the metadata of the first and of the last page; `undefined` if absent. */
  readonly totals: readonly [number | undefined, number | undefined]
}

const pass = <A, E, R>(read: Read<A, E, R>, { key }: Listing<A>): Effect.Effect<Pass<A>, E, R> =>
  Effect.gen(function* () {
    const items = new Map<string, A>()
    let first: number | undefined
    for (let number = 1; ; number++) {
      const page = yield* read(number)
      const { size } = items
      for (const item of page.items) if (key(item) !== "") items.set(key(item), item)
      const total = page.pagination?.total_items
      if (number === 1) first = total
      // Without it nothing can be proved, nor by a page that has nothing new, or items that should not be there.
      if (total === undefined || items.size === size || items.size > total || isLast(number, page)) {
        return { items, pages: number, totals: [first, total] }
      }
    }
  })

const isWhole = ({ items, totals: [first, last] }: Pass<unknown>): boolean => first === last && items.size === last

const isSame = (keys: ReadonlySet<string>, { items }: Pass<unknown>): boolean =>
  keys.size === items.size && Array.from(items.keys()).every((key) => keys.has(key))

const incomplete = <A>({ operation, subject }: Listing<A>, { items, totals: [, total] }: Pass<A>): Incomplete => {
  const where = Object.entries(subject ?? {}).map(([name, value]) => `${name} ${value}`)
  const why =
    total === undefined
      ? "the service does not report how many items there are, so the listing may be incomplete"
      : `the listing changed during each of ${passes} reads: found ${items.size} of ${total} items`
  return new Incomplete({
    operation,
    message: `${operation}: ${why}${where.length === 0 ? "" : ` [${where.join(", ")}]`}`,
    reason: total === undefined ? "NoMetadata" : "Changing",
    found: items.size,
    ...(total === undefined ? {} : { total }),
    ...(subject === undefined ? {} : { subject }),
  })
}

const passes = 4

/**
 * A complete listing, as of one moment, or an error. It is read again, three times at most, until nothing came or went:
 *
 * - the number of distinct items is the `total_items` of the first page and of the last;
 * - a listing of several pages is read twice with the same items, since one that leaves and one that joins between two
 *   pages can hide a third, and do not change the number. Everybody found twice was there between the two readings, so
 *   that the second one began when there were just these.
 *
 * @since 0.1.0
 * @category constructors
 */
export const all = <A, E, R>(
  read: Read<A, E, R>,
  listing: Listing<A>,
): Effect.Effect<ReadonlyArray<A>, E | Incomplete, R> =>
  Effect.gen(function* () {
    let before: ReadonlySet<string> = new Set()
    for (let number = 1; ; number++) {
      const found = yield* pass(read, listing)
      const whole = isWhole(found)
      if (whole && (found.pages === 1 || isSame(before, found))) return Array.from(found.items.values())
      if (number === passes || found.totals[1] === undefined) return yield* incomplete(listing, found)
      before = new Set(whole ? found.items.keys() : [])
    }
  })
