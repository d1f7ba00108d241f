// Behaviour has numbers: every rule of a SPEC.md is quoted by the name of a test, and every number in a name is a rule.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { report } from './problems.mjs'

/** `- **CO-3** …`, `CO-3 …` or `| CO-3 | …` at the start of a line. */
const definition = /^\s*(?:[-*]\s+|\|\s*|#+\s+)?(?:\*\*|`)?([A-Z][A-Z0-9]*-\d+)\b/gm
/** `- **JO-1** to **JO-12** …`: all of them, where one rule would be a sentence for itself. */
const range = /^\s*[-*]\s+\*\*([A-Z][A-Z0-9]*)-(\d+)\*\* to \*\*\1-(\d+)\*\*/gm
const testName = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*?)\1/g
const ruleNumber = /\b[A-Z][A-Z0-9]*-\d+\b/g

const read = (path) => readFileSync(join(root, path), 'utf8')
const files = repositoryFiles()
const problems = []

function numbersOf(text) {
  const single = [...text.matchAll(definition)].map(([, number]) => number)
  const ranges = [...text.matchAll(range)].flatMap(([, prefix, first, last]) =>
    // The first is found as a single one.
    Array.from({ length: last - first }, (_, index) => `${prefix}-${Number(first) + 1 + index}`),
  )
  return [...single, ...ranges]
}

/** rule number -> the file that states it */
const rules = new Map()
for (const path of files.filter((file) => file.endsWith('SPEC.md')))
  for (const number of numbersOf(read(path))) {
    const other = rules.get(number)
    if (other !== undefined) problems.push(`${path}: ${number} is stated in ${other} already`)
    rules.set(number, path)
  }
const prefixes = new Set([...rules.keys()].map((number) => number.split('-')[0]))

const quoted = new Set()
let names = 0
for (const path of files.filter((file) => /\.(test|spec|test-d)\.tsx?$/.test(file)))
  for (const [, , name] of read(path).matchAll(testName)) {
    names += 1
    for (const [number] of name.matchAll(ruleNumber)) {
      if (rules.has(number)) quoted.add(number)
      // Names like UTF-8 are no rules; a number at the start of a name, or with a known prefix, is meant as one.
      else if (name.startsWith(number) || prefixes.has(number.split('-')[0]))
        problems.push(`${path}: "${name}" quotes ${number}, which no SPEC.md states`)
    }
  }
for (const [number, path] of rules) if (!quoted.has(number)) problems.push(`${path}: no test quotes ${number}`)
report(problems, `${rules.size} rules are quoted by the names of ${names} tests and groups.`)
