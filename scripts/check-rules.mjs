// Behaviour has numbers: every rule of a SPEC.md is quoted by a test, and every number in the name of a test is a rule.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.mjs'
import { repositoryFiles } from './files.mjs'
import { report } from './problems.mjs'

const RULE = '[A-Z][A-Z0-9]*-\\d+'
/** `**CO-3** …`, wherever it stands; a known limit is a statement, not a promise. */
const definition = new RegExp(`\\*\\*(${RULE})\\*\\*(?!\\s+Known limit:)`, 'g')
/** `**JO-1** to **JO-12**`, where one rule would be no sentence for itself. */
const range = /\*\*([A-Z][A-Z0-9]*)-(\d+)\*\*\s+(?:to|–)\s+\*\*\1-(\d+)\*\*/g
/** A text that begins with one number or several: the name of a test, or of a case in a contract. */
const quotation = new RegExp(`(\\b(?:it|test|describe)\\b[^\\n'"\`]*)?['"\`]((?:${RULE}\\s+)+)`, 'g')

const read = (path) => readFileSync(join(root, path), 'utf8')
const isTest = (path) =>
  /\.tsx?$/.test(path) && /(^|\/)(test|testing|specs|simulation|faults|flow|gateway|losses|e2e\/examples)\//.test(path)

function numbersOf(text) {
  const ranges = [...text.matchAll(range)].flatMap(([, prefix, first, last]) =>
    Array.from({ length: last - first }, (_, index) => `${prefix}-${Number(first) + index + 1}`),
  )
  // The last of a range is stated like every other, too.
  const single = [...text.matchAll(definition)].map(([, number]) => number)
  return [...single, ...ranges.filter((number) => !single.includes(number))]
}

const files = repositoryFiles()
const problems = []
/** rule number -> the file that states it */
const rules = new Map()
for (const path of files.filter((file) => file.endsWith('SPEC.md')))
  for (const number of numbersOf(read(path))) {
    const other = rules.get(number)
    if (other !== undefined) problems.push(`${path}: ${number} is stated twice, here and in ${other}`)
    rules.set(number, path)
  }
const prefixes = new Set([...rules.keys()].map((number) => number.split('-')[0]))

const quoted = new Set()
for (const path of files.filter(isTest))
  for (const [, call, numbers] of read(path).matchAll(quotation))
    for (const number of numbers.trim().split(/\s+/)) {
      quoted.add(number)
      // Texts like "UTF-8 …" are no rules, unless they are the name of a test.
      if (!rules.has(number) && (call !== undefined || prefixes.has(number.split('-')[0])))
        problems.push(`${path}: ${number} is quoted, and no SPEC.md states it`)
    }
for (const [number, path] of rules) if (!quoted.has(number)) problems.push(`${path}: no test quotes ${number}`)

/** Documents that hold rules against what others promise: what they name must exist. */
const tables = ['docs/internals/losses.md', 'docs/internals/coverage.md']
for (const path of tables)
  for (const [number] of read(path).matchAll(new RegExp(`\\b${RULE}\\b`, 'g')))
    if (prefixes.has(number.split('-')[0]) && !rules.has(number))
      problems.push(`${path}: ${number} is named, and no SPEC.md states it`)
report([...new Set(problems)], `${rules.size} rules are quoted by tests.`)
