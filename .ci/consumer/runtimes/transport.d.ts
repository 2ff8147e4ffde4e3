/** The module that .ci/tools/runtimes.ts puts in its place. */
declare module "#transport" {
  export const layer: import("effect/Layer").Layer<import("@effect/platform/HttpClient").HttpClient>
}
