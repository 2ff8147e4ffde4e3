/** The module that .ci/compat/runtimes.ts puts in its place. */
declare module "#transport" {
  export const layer: import("effect/Layer").Layer<import("@effect/platform/HttpClient").HttpClient>
}
