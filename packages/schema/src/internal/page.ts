import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { annotations, dataList, integer, optional, own, type Reader, ReadId, reader, schemas } from "./model.js"
import * as Reading from "./reading.js"

const paginationFields = {
  page: integer("The number of the page, from 1"),
  per_page: integer("The greatest number of items of a page"),
  total_pages: integer("The number of pages"),
  total_items: integer("The number of items of all pages"),
}

/**
 * Where a page stands in its listing. Numbers that the response does not have are absent with the whole.
 *
 * @since 0.1.0
 * @category responses
 */
export class Pagination extends Schema.Class<Pagination>("TileDBPagination")(
  schemas(paginationFields),
  annotations(
    "Pagination",
    "Where a page stands in its listing",
    (): Reader<object> => readPagination,
    "PaginationMetadata",
  ),
) {
  /** The number of the page, from 1. */
  declare readonly page: number
  /** The greatest number of items of a page. */
  declare readonly per_page: number
  /** The number of pages; 0 for an empty listing. */
  declare readonly total_pages: number
  /** The number of items of all pages. */
  declare readonly total_items: number
}

const readPagination: Reader<Pagination> = reader(
  Record.map(paginationFields, (field) => ({ ...field, zero: undefined })),
  Pagination,
)

/**
 * A page of a listing.
 *
 * @since 0.1.0
 * @category responses
 */
export interface Page<out A> {
  /** The items, in the service's order. */
  readonly items: ReadonlyArray<A>
  /** Where the page stands in its listing; absent if the response does not have all of it. */
  readonly pagination?: Pagination
}

/**
 * The body of a response: a page, `{ "data": […], "pagination_metadata": … }` on the wire and `{ items, pagination }`
 * once read. The result of such an operation is its `"body"`. The items are read as those of `listResponse` are.
 *
 * @since 0.1.0
 * @category responses
 */
export const page = <A, I>(
  name: string,
  description: string,
  item: Schema.Schema<A, I>,
): Schema.Schema<Page<A>, { readonly data: ReadonlyArray<I> }> => {
  const fields = { data: dataList(item), pagination_metadata: optional(own(Pagination)) }
  type Wire = { readonly data: ReadonlyArray<A>; readonly pagination_metadata?: Pagination }
  const ofWire = ({ data, pagination_metadata }: Wire): Page<A> =>
    pagination_metadata === undefined ? { items: data } : { items: data, pagination: pagination_metadata }
  const annotations = { identifier: `TileDB${name}`, title: name, description }
  const read = Reading.object(fields, ofWire)
  return Schema.transform(
    Schema.Struct(schemas(fields)).annotations(annotations),
    Schema.Struct({
      items: Schema.Array(Schema.typeSchema(item)),
      pagination: Schema.optionalWith(Schema.typeSchema(Pagination), { exact: true }),
    }),
    {
      strict: true,
      decode: ofWire,
      encode: ({ items, pagination }) =>
        pagination === undefined ? { data: items } : { data: items, pagination_metadata: pagination },
    },
  ).annotations({ ...annotations, [ReadId]: () => read })
}
