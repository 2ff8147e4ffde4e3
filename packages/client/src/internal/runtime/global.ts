import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"

/** One value for all copies of this package in a process, which may have several. */
export const perProcess = <A>(name: string, make: () => A): A => globalValue(`@effect-tiledb/client/${name}`, make)

/** A value that a caller may set for the calls of a fiber. */
export const perFiber = <A>(name: string): FiberRef.FiberRef<Option.Option<A>> =>
  perProcess(name, () => FiberRef.unsafeMake(Option.none<A>()))

/** The value that the caller of this fiber has set. */
export const getPerFiber = FiberRef.get
