// Every TypeScript example of the documentation compiles against the packages as they are.
// An example that needs something from around it is preceded by a comment that readers do not see:
// `<!-- around` on a line of its own, the missing code, `-->`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { documents, nodesOf, parse } from './markdown.mjs'
import { report } from './problems.mjs'

// Inside the package `docs`, so that imports resolve to what that package depends on.
const scratch = join(root, 'docs', '.cache', 'snippets')
const languages = new Map([
  ['ts', 'ts'],
  ['typescript', 'ts'],
  ['tsx', 'tsx'],
])
const around = /^<!--\s*around\s*\n([\s\S]*?)-->$/

/** The examples of one document, each with the line of the document at which its first line stands. */
function* examplesOf(path) {
  let setup = ''
  for (const node of parse(path).children) {
    const hidden = node.type === 'html' ? around.exec(node.value) : null
    if (hidden !== null) setup = hidden[1]
    else {
      const extension = node.type === 'code' ? languages.get(node.lang ?? '') : undefined
      if (extension !== undefined)
        yield { path, extension, setup, code: node.value, line: node.position.start.line + 1 }
      setup = ''
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

rmSync(scratch, { recursive: true, force: true })
mkdirSync(scratch, { recursive: true })
const examples = new Map()
for (const path of documents())
  for (const example of examplesOf(path)) {
    const file = join(scratch, `example-${examples.size}.${example.extension}`)
    // `export {}` makes each a module of its own.
    const head = `${example.setup}\n`
    writeFileSync(file, `${head}${example.code}\nexport {}\n`)
    examples.set(file, { ...example, skippedLines: head.split('\n').length - 1 })
  }

const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config
const { options } = ts.convertCompilerOptionsFromJson(
  {
    ...config.compilerOptions,
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  join(root, 'docs'),
)
// The sources that examples lead to may need declarations that stand beside them.
const declarations = repositoryFiles()
  .filter((path) => /^packages\/[^/]+\/src\/.*\.d\.ts$/.test(path))
  .map((path) => join(root, path))
const program = ts.createProgram([...examples.keys(), ...declarations], options)
const problems = documents().flatMap(hiddenExamples)
for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
  const file = diagnostic.file
  const example = file === undefined ? undefined : examples.get(join(file.fileName))
  if (example === undefined) {
    problems.push(`${file?.fileName ?? 'docs'}: ${message}`)
    continue
  }
  const { line } = file.getLineAndCharacterOfPosition(diagnostic.start)
  problems.push(`${example.path}:${example.line + line - example.skippedLines}: ${message}`)
}
rmSync(scratch, { recursive: true, force: true })
report(problems, `${examples.size} examples compile.`)
