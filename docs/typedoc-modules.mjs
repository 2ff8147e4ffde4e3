// Calls each module by its import path, and gives it the comment at the head of its file: typedoc takes that for the
// comment of whatever comes first. And takes from `validation.notDocumented` what explains itself: a `_tag`, and the types
// that a schema or a class is made of, whose properties are documented where they are named.
// typedoc-pages.mjs writes the pages.
import { readFileSync } from "node:fs"
import { Comment, Converter, ReflectionKind } from "typedoc"

const nameOf = (file) => {
  const [, name = "", module = ""] = /packages\/(\w+)\/src\/(\w+)\.ts$/.exec(file) ?? []
  return module === "index" ? `@effect-tiledb/${name}` : `@effect-tiledb/${name}/${module}`
}

const headOf = (file) => {
  const [, head = ""] = /^\/\*\*\n([\s\S]*?)\*\//.exec(readFileSync(file, "utf8")) ?? []
  const lines = head.split("\n").map((line) => line.replace(/^ \* ?/, ""))
  const tag = lines.findIndex((line) => line.startsWith("@"))
  const text = lines.slice(0, tag < 0 ? undefined : tag).join("\n")
  const example = lines.indexOf("@example")
  if (example < 0) return text
  const end = lines.findIndex((line, at) => at > example && line.startsWith("@"))
  const code = lines.slice(example + 1, end < 0 ? undefined : end).join("\n")
  return `${text}\n\`\`\`ts\n${code.trim()}\n\`\`\`\n`
}

export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const inner of context.project.getReflectionsByKind(ReflectionKind.Namespace)) {
      const file = context.project.getSymbolIdFromReflection(inner)?.fileName
      inner.comment = new Comment([{ kind: "text", text: headOf(file) }])
    }
    for (const module of context.project.getReflectionsByKind(ReflectionKind.Module)) {
      const file = context.project.getSymbolIdFromReflection(module)?.fileName
      if (file === undefined) throw new Error(`${module.name} has no file`)
      module.name = nameOf(file)
      const head = headOf(file)
      if (head.trim() === "") throw new Error(`${file} does not begin with what it is`)
      module.comment = new Comment([{ kind: "text", text: head }])
    }
  })
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const id = project.getSymbolIdFromReflection(property)
      if (id !== undefined && (property.name === "_tag" || property.getFullName().includes("__type")))
        id.packageName = ""
    }
  })
}
