import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** How many sentences each section of the flow has. */
const SENTENCES = [7, 7, 8, 17, 6, 4, 5, 3, 11]

it('FL-21 the document of the flow answers each sentence, and names rules that are stated and quoted by a test', async () => {
  const document = await readFile(`${root}docs/internals/flow.md`, 'utf8')
  const sections = document.split(/^## (?=\d\. )/m).slice(1)
  const rows = sections.map((section) => [...section.matchAll(/^\| (\d\.\d+) +\|(.+)\|(.+)\|(.+)\|$/gm)])
  expect(rows.map((some) => some.length)).toEqual(SENTENCES)
  for (const [section, some] of rows.entries())
    for (const [index, [, number, sentence, here, shown]] of some.entries()) {
      expect(number).toBe(`${section + 1}.${index + 1}`)
      for (const cell of [sentence, here]) expect(cell?.trim()).not.toBe('')
      expect(shown, `${number} names a rule`).toMatch(/[A-Z]{2}-\d+/)
    }
  const named = new Set(rows.flat().flatMap(([, , , , shown]) => shown?.match(/[A-Z]{2}-\d+/g) ?? []))

  const list = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  })
  const files = list.stdout.split('\n')
  const textOf = async (fits: RegExp): Promise<string> =>
    (
      await Promise.all(
        files.filter((file) => fits.test(file)).map((file) => readFile(root + file, 'utf8').catch(() => '')),
      )
    ).join('\n')
  const specs = await textOf(/SPEC\.md$/)
  const tests = await textOf(/(?:^|\/)(?:test|testing|specs|simulation|faults|flow|gateway)\/.*\.tsx?$/)
  const stated = new Set([...specs.matchAll(/\*\*([A-Z]{2}-\d+)\*\*/g)].map(([, rule]) => rule))
  const quoted = new Set(
    [...tests.matchAll(/['"`]((?:[A-Z]{2}-\d+\s+)+)/g)].flatMap(([, rules]) => rules?.trim().split(/\s+/) ?? []),
  )
  expect([...named].filter((rule) => !stated.has(rule))).toEqual([])
  expect([...named].filter((rule) => !quoted.has(rule))).toEqual([])
})
