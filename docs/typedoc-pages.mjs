// Writes the reference: a page per module, the service and its methods first, a signature once, and no heading below the
// third level. An export is a heading of the second level, a method of a service one of the third.
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { ReferenceType, ReflectionKind } from "typedoc"

/** A brand by its name, which is the name of its export. */
const unbranded = (code) => code.replace(/string & Brand<"(\w+)">/g, "$1")

/** The order of a page's exports, by their category; any other category comes before the models. */
const first = ["tags", "service", "errors", "constructors", "combinators", "accessors"]
const last = ["models", "schemas", "layers"]

const here = import.meta.dirname
const width = 100
const longest = 40

/** The exports that were named since the last reset: what a signature links to. */
let named = new Set()
const textOf = ReferenceType.prototype.getTypeString
ReferenceType.prototype.getTypeString = function () {
  if (this.reflection !== undefined) named.add(this.reflection)
  return textOf.call(this)
}

const prose = (parts = []) =>
  parts
    .map(({ text }) => text)
    .join("")
    .trim()
const commentOf = (it) => it.comment ?? it.signatures?.[0]?.comment ?? it.type?.declaration?.signatures?.[0]?.comment
const summaryOf = (it) => prose(commentOf(it)?.summary)
const examplesOf = (it) => (commentOf(it)?.getTags("@example") ?? []).map(({ content }) => prose(content))
/** Up to the first full stop, or the end of the paragraph. */
const sentenceOf = (text) => {
  const paragraph = (text.split(/\n\n|\n- |\n```/)[0] ?? "").replaceAll("\n", " ")
  const sentence = /^.*?\.(?= [A-Z`(]|$)/.exec(paragraph)?.[0] ?? paragraph
  return sentence.replace(/:$/, ".")
}
const cell = (text) => text.replaceAll("\n", " ").replaceAll("|", "\\|")
const isParameter = (it) => it.kind === ReflectionKind.Parameter
const optional = (it) => (it.flags.isOptional || (isParameter(it) && it.defaultValue !== undefined) ? "?" : "")
const rename = (name) => (name === "__namedParameters" ? "options" : name)

const categoryOf = (it) => {
  if (it.kind === ReflectionKind.Interface && it.name === "Service") return "service"
  return prose(commentOf(it)?.getTag("@category")?.content) || "other"
}
const rankOf = (it) => {
  const category = categoryOf(it)
  if (last.includes(category)) return 100 + last.indexOf(category)
  return first.includes(category) ? first.indexOf(category) : 50
}

const parameters = (signature) =>
  (signature.parameters ?? [])
    .map((one) => `${one.flags.isRest ? "..." : ""}${rename(one.name)}${optional(one)}: ${one.type}`)
    .join(", ")
const typeParameters = (signature) => {
  const all = (signature.typeParameters ?? []).map(
    ({ default: standard, flags, name, type }) =>
      `${flags.isConst ? "const " : ""}${name}${type ? ` extends ${type}` : ""}${standard ? ` = ${standard}` : ""}`,
  )
  return all.length === 0 ? "" : `<${all.join(", ")}>`
}

/** The declarations of an export, as a program has them. */
const codesOf = (it) => {
  if (it.kind === ReflectionKind.Function)
    return it.signatures.map(
      (one) => `declare function ${it.name}${typeParameters(one)}(${parameters(one)}): ${one.type}`,
    )
  if (it.kind === ReflectionKind.TypeAlias) return [`type ${it.name}${typeParameters(it)} = ${it.type}`]
  if (it.kind === ReflectionKind.Variable || it.kind === ReflectionKind.Property)
    return [`declare const ${it.name}: ${it.type}`]
  if (it.kind === ReflectionKind.Method)
    return it.signatures.map(
      (one) => `declare function ${it.name}${typeParameters(one)}(${parameters(one)}): ${one.type}`,
    )
  return []
}

/** Of a type and the schema of the same name, the one whose code says more: the other repeats it. */
const oneOf = (parts) => {
  const types = parts.filter(({ kind }) => kind !== ReflectionKind.Variable)
  const derived = types.every(
    (it) => it.kind === ReflectionKind.TypeAlias && /^typeof \w+\.Type$/.test(String(it.type)),
  )
  return new Set(
    types.length === parts.length || types.length === 0
      ? parts
      : derived
        ? parts.filter((it) => !types.includes(it))
        : types,
  )
}

/** The properties with a comment, those of inline objects included. */
const rowsOf = (it, prefix = "") =>
  (it.children ?? []).flatMap((child) => {
    if (child.kind === ReflectionKind.Constructor || child.name === "_tag") return []
    const name = `${prefix}${child.name}${optional(child)}`
    const inside = child.type?.type === "reflection" ? child.type.declaration : undefined
    const inner = inside?.children === undefined ? [] : rowsOf(inside, `${prefix}${child.name}.`)
    const type =
      inside?.children === undefined || inner.length === 0 ? String(child.type ?? child.signatures?.[0]) : "object"
    const text = summaryOf(child)
    return text === "" && prefix === "" && inner.length === 0 && it.kind !== ReflectionKind.Interface
      ? []
      : [{ name, type, text }, ...inner]
  })

const methodsOf = (service) => (service?.children ?? []).filter(({ kind }) => kind !== ReflectionKind.Constructor)

/** What the comments inside a signature say: of the options of a function, of the members of a union. */
const notesOf = (it) => {
  const notes = new Map()
  const within = (type, prefix) => {
    if (type?.type === "union") for (const one of type.types) within(one, prefix)
    if (type?.type !== "reflection") return
    for (const child of type.declaration.children ?? []) {
      const text = summaryOf(child)
      if (text !== "") notes.set(`${prefix}${child.name}`, text)
      within(child.type, `${prefix}${child.name}.`)
    }
  }
  for (const one of it.signatures ?? it.type?.declaration?.signatures ?? [])
    for (const parameter of one.parameters ?? []) {
      const text = summaryOf(parameter)
      if (text !== "") notes.set(rename(parameter.name), text)
      within(parameter.type, `${rename(parameter.name)}.`)
    }
  if (it.signatures === undefined) within(it.type, "")
  return Array.from(notes, ([name, text]) => `- \`${name}\`: ${text.replaceAll("\n", " ")}`)
}

/** Each piece of code as the repository's formatter writes it, at the width of the pages. */
const formatted = (codes) => {
  const mark = "// ---- next"
  const input = codes.map((code) => `${mark}\n${code}\n`).join("")
  const biome = join(here, "../node_modules/.bin/biome")
  const args = ["format", `--line-width=${width}`, "--stdin-file-path=docs/reference.ts"]
  const output = execFileSync(biome, args, { input, encoding: "utf8", cwd: join(here, ".."), maxBuffer: 1e8 })
  return output
    .split(`${mark}\n`)
    .slice(1)
    .map((code) => {
      const lines = code
        .replace(/^declare /gm, "")
        .trim()
        .split("\n")
      const more = lines.length - longest
      return [...lines.slice(0, longest), ...(more > 0 ? [`// … and ${more} lines more`] : [])].join("\n")
    })
}

/** `Map.groupBy`, which Node 20 does not have. */
const groupBy = (items, keyOf) => {
  const groups = new Map()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

const fill = (file, codes) => {
  const text = readFileSync(file, "utf8")
  writeFileSync(
    file,
    text.replace(/§§(\d+)§§/g, (_, index) => codes[Number(index)] ?? ""),
  )
}

const write = (out, project) => {
  const isPage = (it) => it.kind === ReflectionKind.Module || it.kind === ReflectionKind.Namespace
  const modules = project
    .getReflectionsByKind(ReflectionKind.Module | ReflectionKind.Namespace)
    .toSorted((one, other) => one.name.localeCompare(other.name))
  const titleOf = (page) => (page.kind === ReflectionKind.Namespace ? `${page.parent.name}/${page.name}` : page.name)
  const fileOf = (page) => {
    const title = titleOf(page).replace("@effect-tiledb/", "")
    return title.includes("/") ? `${title}.md` : `${title}/index.md`
  }

  /** Where each export is: page and anchor. A type and a value of one name share a heading. */
  const places = new Map()
  const pages = modules.map((page) => {
    const groups = groupBy(
      (page.children ?? []).filter((it) => !isPage(it) && it.kind !== ReflectionKind.Reference),
      ({ name }) => name,
    )
    const exports = Array.from(groups, ([name, parts]) => ({
      name,
      parts,
      rank: Math.min(...parts.map(rankOf)),
      service: parts.find((it) => categoryOf(it) === "service"),
    })).toSorted((one, other) => one.rank - other.rank || one.name.localeCompare(other.name))
    const taken = new Set()
    const anchored = (it, name) => {
      let anchor = name.toLowerCase()
      while (taken.has(anchor)) anchor += "-1"
      taken.add(anchor)
      places.set(it, { file: fileOf(page), anchor })
      return anchor
    }
    for (const one of exports) {
      one.anchor = anchored(one.parts[0], one.name)
      for (const it of one.parts) places.set(it, places.get(one.parts[0]))
    }
    for (const { service } of exports) for (const it of methodsOf(service)) anchored(it, it.name)
    return { page, title: titleOf(page), file: fileOf(page), exports }
  })

  const codes = []
  /** Stands for the code, until all of it is formatted at once. */
  const slot = (code) => `§§${codes.push(unbranded(code)) - 1}§§`
  const signatureOf = (it, file) => {
    named = new Set()
    const code = codesOf(it)
    if (code.length === 0) return []
    const links = Array.from(named, (target) => [target.name, target === it ? undefined : places.get(target)])
      .filter(([, place]) => place !== undefined)
      .map(([name, place]) => {
        const path = place.file === file ? "" : posix.relative(posix.dirname(file), place.file).replace(".md", ".html")
        return `<a href="${path}#${place.anchor}"><code>${name}</code></a>`
      })
    const see = links.length === 0 ? [] : ["", `<p class="types">Types: ${[...new Set(links)].join(" · ")}</p>`]
    return ["```ts", slot(code.join("\n")), "```", ...see]
  }

  for (const { exports, file, page, title } of pages) {
    const lines = [`# ${title}`, "", prose(page.comment?.summary), ""]
    const services = exports.flatMap(({ service }) => service ?? [])
    const methods = services.flatMap(methodsOf)
    const [, head = "", example = ""] = /^([\s\S]*?)(\n```ts[\s\S]*)?$/.exec(prose(page.comment?.summary)) ?? []
    lines[2] = methods.length === 0 ? `${head}${example}` : head
    const others = exports.filter(({ service }) => service === undefined)
    if (methods.length > 0) {
      lines.push("| method | |", "| --- | --- |")
      for (const it of methods)
        lines.push(`| [\`${it.name}\`](#${places.get(it).anchor}) | ${cell(sentenceOf(summaryOf(it)))} |`)
      const links = others.map(({ anchor, name }) => `[\`${name}\`](#${anchor})`)
      if (links.length > 0) lines.push("", `Also: ${links.join(" · ")}`)
      if (example !== "") lines.push("", example)
    } else if (exports.length > 1) {
      lines.push("| export | |", "| --- | --- |")
      for (const { anchor, name, parts } of exports) {
        const text = parts.map(summaryOf).find((text) => text !== "") ?? ""
        lines.push(`| [\`${name}\`](#${anchor}) | ${cell(sentenceOf(text))} |`)
      }
    }
    for (const { anchor, name, parts, service } of exports) {
      lines.push("", `## ${name} {#${anchor}}`)
      const shown = oneOf(parts)
      for (const it of parts) {
        const text = parts.some((other) => other !== it && summaryOf(other).includes(summaryOf(it)))
          ? ""
          : summaryOf(it)
        lines.push(
          "",
          ...(shown.has(it) ? signatureOf(it, file) : []),
          "",
          text,
          "",
          ...notesOf(it),
          "",
          ...examplesOf(it),
          "",
        )
        if (it === service) {
          for (const method of methodsOf(it)) {
            lines.push("", `### ${method.name} {#${places.get(method).anchor}}`, "", ...signatureOf(method, file))
            lines.push("", summaryOf(method), "", ...notesOf(method), "", ...examplesOf(method))
          }
        } else {
          const rows = rowsOf(it)
          if (rows.length > 0) lines.push("| field | type | |", "| --- | --- | --- |")
          for (const { name, text, type } of rows)
            lines.push(`| \`${name}\` | \`${cell(unbranded(type))}\` | ${cell(text)} |`)
        }
      }
    }
    const text = lines.join("\n").replace(/\n{3,}/g, "\n\n")
    mkdirSync(dirname(join(out, file)), { recursive: true })
    writeFileSync(join(out, file), text)
  }

  const all = formatted(codes)
  for (const { file } of pages) fill(join(out, file), all)

  const index = ["# API reference", "", "Each module with the first sentence of its page.", ""]
  for (const [name, group] of groupBy(pages, ({ title }) => title.split("/").slice(0, 2).join("/"))) {
    index.push(`## ${name} {#${name.split("/")[1]}}`, "", "| module | |", "| --- | --- |")
    for (const { file, page, title } of group)
      index.push(
        `| [${title.split("/").slice(1).join("/")}](${file}) | ${cell(sentenceOf(prose(page.comment?.summary)))} |`,
      )
    index.push("")
  }
  writeFileSync(join(out, "index.md"), index.join("\n"))
  const menu = pages.map(({ file, title }) => ({ text: title.replace("@effect-tiledb/", ""), link: `/api/${file}` }))
  writeFileSync(join(out, "menu.json"), JSON.stringify(menu))
}

export const load = (app) => {
  app.outputs.addOutput("pages", async (out, project) => {
    rmSync(out, { recursive: true, force: true })
    write(out, project)
  })
  app.outputs.setDefaultOutputName("pages")
}
