/** Values and errors of the client, as those of Effect 4. */
import { Data, DateTime, Duration, Redacted } from "effect"
import { Effect3, TileDBError } from "tiledb-island"

type Redacted3<A> = Effect3.Redacted.Redacted<A>

/** The type of a result or an error's field in Effect 4; objects of a class become plain ones. */
export type To4<A> = A extends string // branded ones, too; other primitives are mapped to themselves
  ? A
  : A extends Redacted3<infer Secret>
    ? Redacted.Redacted<Secret>
    : A extends Effect3.DateTime.Utc
      ? DateTime.Utc
      : A extends Effect3.Duration.Duration
        ? Duration.Duration
        : { readonly [Name in keyof A]: To4<A[Name]> }

/** The type of an argument in Effect 4. */
export type From4<A> = A extends string
  ? A
  : A extends Redacted3<infer Secret>
    ? Redacted.Redacted<Secret>
    : { [Name in keyof A]: From4<A[Name]> }

const convert = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(convert)
  if (Effect3.Redacted.isRedacted(value)) return Redacted.make(Effect3.Redacted.value(value))
  if (Redacted.isRedacted(value)) return Effect3.Redacted.make(Redacted.value(value))
  if (Effect3.Duration.isDuration(value)) return Duration.millis(Effect3.Duration.toMillis(value))
  if (Effect3.DateTime.isDateTime(value)) return DateTime.makeUnsafe(Effect3.DateTime.toEpochMillis(value))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, convert(part)]))
}

/** A result, with the values of Effect 4. */
export const to4 = <A>(value: A) => convert(value) as To4<A>

/** The arguments of a method, with the secrets of Effect 3. */
export const from4 = (args: ReadonlyArray<unknown>) => args.map(convert)

type Class3 = { readonly fields: object; readonly prototype: object }
type Fields<Class extends Class3> = To4<
  Omit<Pick<Class["prototype"], keyof Class["fields"] & keyof Class["prototype"]>, "_tag">
>

export class NotFound extends Data.TaggedError("NotFound")<Fields<typeof TileDBError.NotFound>> {}
export class ApiError extends Data.TaggedError("ApiError")<Fields<typeof TileDBError.ApiError>> {}
export class TransportError extends Data.TaggedError("TransportError")<Fields<typeof TileDBError.TransportError>> {}
export class DecodeError extends Data.TaggedError("DecodeError")<Fields<typeof TileDBError.DecodeError>> {}
export class InvalidRequest extends Data.TaggedError("InvalidRequest")<Fields<typeof TileDBError.InvalidRequest>> {}

const errors = { NotFound, ApiError, TransportError, DecodeError, InvalidRequest }

/** The five errors, or those of a method. */
export type UsersError<E = TileDBError.TileDBError> = E extends { readonly _tag: infer Tag extends keyof typeof errors }
  ? InstanceType<(typeof errors)[Tag]>
  : never

/** The same error with its documented fields only: nothing of the request can come along. */
export const error4 = <E extends TileDBError.TileDBError>(error: E): UsersError<E> => {
  const { _tag, ...known } = TileDBError[error._tag].fields
  const fields = Object.keys(known).flatMap((name) =>
    name in error ? [[name, convert(Reflect.get(error, name))]] : [],
  )
  return Reflect.construct(errors[error._tag], [Object.fromEntries(fields)])
}
