import * as Metric from "effect/Metric"
import * as MutableHashMap from "effect/MutableHashMap"
import { afterEach } from "vitest"

// The files of a project share a process, and Effect keeps metrics for all of it: what the tests of one file have made up is
// not there for the next. (The client's own stay: whatever updates them holds on to them.)
const metrics: MutableHashMap.MutableHashMap<{ readonly name: string }, unknown> = Reflect.get(
  Metric.globalMetricRegistry,
  "map",
)
for (const [key] of metrics) if (!/^(http\.client|tiledb)\./.test(key.name)) MutableHashMap.remove(metrics, key)

// A thousand tests without a macrotask between them would keep what the runner says waiting until it gives up.
afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)))
