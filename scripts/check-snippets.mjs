// Every TypeScript and Vue example of the documentation compiles against the packages as they are.
// An example that needs something from around it is preceded by a comment that readers do not see:
// `<!-- around` on a line of its own, the missing code, `-->`.
// One that shows a file of the repository is preceded by `<!-- file: path -->`: it must be that file, word for word, and
// is compiled where the file is.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CommandError, root, run } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { documents, nodesOf, parse } from './markdown.mjs'
import { report } from './problems.mjs'

// Inside the package `docs`, so that imports resolve to what that package depends on; two checks may run at once.
const scratch = join(root, 'docs', '.cache', `snippets-${process.pid}`)
const languages = new Map([
  ['ts', 'ts'],
  ['typescript', 'ts'],
  ['tsx', 'tsx'],
  ['vue', 'vue'],
])
const around = /^<!--\s*around\s*\n([\s\S]*?)-->$/
const fileComment = /^<!--\s*file:\s*(\S+)\s*-->$/
const scriptTag = /^<script\b[^>]*>\n/m

const problems = []

/** Says where an example differs from the file that it shows. */
function compareWithFile({ path, line, code }, shown) {
  const file = join(root, shown)
  if (!existsSync(file)) return problems.push(`${path}:${line}: there is no file ${shown}`)
  const [told, real] = [code, readFileSync(file, 'utf8')].map((text) => text.trimEnd().split('\n'))
  const at = real.findIndex((words, index) => words !== told[index])
  if (at >= 0 || told.length !== real.length)
    problems.push(`${path}:${line + Math.max(at, 0)}: it is another text than ${shown}, which says: ${real[at] ?? '…'}`)
}

/** The examples of one document that are to be compiled, each with the line of the document at which its first line stands. */
function* examplesOf(path) {
  let setup = ''
  let shown = null
  for (const node of parse(path).children) {
    const hidden = node.type === 'html' ? around.exec(node.value) : null
    const named = node.type === 'html' ? fileComment.exec(node.value) : null
    if (hidden !== null) setup = hidden[1]
    else if (named !== null) shown = named[1]
    else {
      const extension = node.type === 'code' ? languages.get(node.lang ?? '') : undefined
      const example = { path, extension, setup, code: node.value ?? '', line: node.position.start.line + 1 }
      if (shown !== null && node.type !== 'code')
        problems.push(`${path}:${example.line - 1}: ${shown} is not shown here`)
      else if (shown !== null) compareWithFile(example, shown)
      else if (extension !== undefined) yield example
      setup = ''
      shown = null
    }
  }
}

/** Examples inside a list or a quote are not looked for: they would escape the check. */
function hiddenExamples(path) {
  const tree = parse(path)
  const nested = tree.children.flatMap((child) => (child.children ? [...nodesOf(child)] : []))
  return nested
    .filter((node) => node.type === 'code' && languages.has(node.lang ?? ''))
    .map(
      (node) => `${path}:${node.position.start.line}: an example inside a list or a quote is not checked; move it out`,
    )
}

/**
 * What the compiler is given: the example with what is around it.
 *
 * @returns {{text: string, from: number, added: number}} `added` lines were put in before line `from`, counted from 0
 */
function completed({ extension, setup, code }) {
  const added = setup.split('\n').length - 1
  if (extension !== 'vue') return { text: `${setup}${code}\nexport {}\n`, from: 0, added }
  const script = scriptTag.exec(code)
  if (script === null)
    return { text: `<script setup lang="ts">\n${setup}</script>\n\n${code}\n`, from: 0, added: added + 3 }
  const head = code.slice(0, script.index + script[0].length)
  return { text: `${head}${setup}${code.slice(head.length)}\n`, from: head.split('\n').length - 1, added }
}

rmSync(scratch, { recursive: true, force: true })
mkdirSync(scratch, { recursive: true })
const examples = new Map()
for (const path of documents())
  for (const example of examplesOf(path)) {
    const name = `example-${examples.size}.${example.extension}`
    const { text, ...place } = completed(example)
    writeFileSync(join(scratch, name), text)
    examples.set(name, { ...example, ...place })
  }

// The sources that examples lead to may need declarations that stand beside them.
const declarations = repositoryFiles().filter((path) => /^packages\/[^/]+\/src\/.*\.d\.ts$/.test(path))
const configuration = {
  extends: relative(scratch, join(root, 'tsconfig.base.json')),
  compilerOptions: {
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    typeRoots: [relative(scratch, join(root, 'docs', 'node_modules', '@types'))],
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  vueCompilerOptions: { strictTemplates: true },
  files: [...examples.keys(), ...declarations.map((path) => relative(scratch, join(root, path)))],
}
writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(configuration, null, 2))

problems.push(...documents().flatMap(hiddenExamples))
const output = await run('vue-tsc', ['-p', scratch, '--noEmit', '--pretty', 'false'], { show: 'on-failure' }).catch(
  (error) => {
    if (!(error instanceof CommandError)) throw error
    return error.output || error.message
  },
)
// One line for each diagnostic, and indented ones that go on with it.
for (const diagnostic of output.split(/\n(?! )/).filter((line) => line.trim() !== '')) {
  const [, file, line, message] = /^(.+?)\((\d+),\d+\): (.*)$/s.exec(diagnostic) ?? []
  const example = examples.get(file?.split('/').at(-1) ?? '')
  if (example === undefined) {
    problems.push(diagnostic)
    continue
  }
  const index = Number(line) - 1
  problems.push(`${example.path}:${example.line + (index < example.from ? index : index - example.added)}: ${message}`)
}
rmSync(scratch, { recursive: true, force: true })
report(problems, `${examples.size} examples compile.`)
