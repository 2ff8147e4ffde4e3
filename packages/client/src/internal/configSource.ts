import type { Source } from "./configModels.js"

/** A source by the name that a reader can go to: a variable, or a file and the key in it. */
export const describe = (source: Source): string => {
  switch (source._tag) {
    case "Explicit":
      return "in code"
    case "Environment":
      return source.variable
    case "Profile":
      return `${source.file}, profile ${source.profile}, ${source.key}`
    case "CloudJson":
      return `${source.file}, ${source.key}`
    case "Default":
      return "default"
  }
}

/** The same as the path of a `ConfigError`. */
export const errorPath = (source: Source, option: string): Array<string> => {
  switch (source._tag) {
    case "Environment":
      return [source.variable]
    case "Profile":
      return [source.file, source.profile, source.key]
    case "CloudJson":
      return [source.file, source.key]
    default:
      return [option]
  }
}
