import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CLOSE_CODES,
  CLOSE_MEANINGS,
  PROTOCOL_VERSION,
  REJECTION_CODES,
  REJECTION_MEANINGS,
  describeFrames,
} from '../src/index.ts'
import { stored } from '../src/operation.ts'
import { presenceEntries, presencePatch } from '../src/presence.ts'

/** The schemas as of protocol version 1. */
const SCHEMA_HASH = '50fe78c98da2d7c680d01ffd8ff0cac625eded818f63e7b3e3bd93336e5aaf10'

const reference = readFileSync(new URL('../../../docs/reference/protocol.md', import.meta.url), 'utf8')

const NO_SILENT_CHANGE =
  'The schemas on the wire changed. If old and new cannot talk to each other, bump PROTOCOL_VERSION; in any case update this hash, on purpose.'

/** The rows of the table under a heading, as the texts of their cells without backticks. */
function tableUnder(heading: string): string[][] {
  const section = reference.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`the reference has no section ${heading}`)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

/** A grammar of the reference in the words of the code: named fields written out, no spaces, lists with a bar. */
function inCode(grammar: string): string {
  let text = grammar
  for (let round = 0; round < 3; round++) {
    for (const [name, standsFor] of tableUnder('Named fields')) {
      text = text.replace(new RegExp(`(?<=[:(] ?)${name}(?=[,})])`, 'g'), standsFor!)
    }
  }
  return text
    .replaceAll(', ', ',')
    .replaceAll(': ', ':')
    .replace(/oneOf\(([^)]*)\)/g, (_, words: string) => `oneOf(${words.replaceAll(',', '|')})`)
    .replace(/(?<=}),(?=\d+:)/g, '|')
}

describe('the contract on the wire', () => {
  it('FR-12 the schemas hash to what was agreed for this version', () => {
    const schemas = [describeFrames(), presencePatch.name, presenceEntries.name, stored.name].join('\n')
    expect(PROTOCOL_VERSION).toBe(1)
    expect(createHash('sha256').update(schemas).digest('hex'), NO_SILENT_CHANGE).toBe(SCHEMA_HASH)
  })

  it('FR-13 the reference shows every frame as it is', () => {
    const rows = [
      ...tableUnder('Frames of a client').map((row) => ['client', ...row]),
      ...tableUnder('Frames of a server').map((row) => ['server', ...row]),
    ]
    const shown = rows.map(([side, type, kind, fields]) => `${side} ${type} ${kind} ${inCode(fields!)}`)
    expect(shown.join('\n')).toBe(describeFrames())
  })

  it('FR-13 the reference shows presence and stored operations as they are', () => {
    const presence = tableUnder('Presence').map(([what, , grammar]) => [what, inCode(grammar!)])
    expect(presence).toEqual([
      ['presencePatch', presencePatch.name],
      ['presenceEntries', presenceEntries.name],
    ])
    expect(tableUnder('Stored operations').map(([, grammar]) => inCode(grammar!))).toEqual([stored.name])
  })

  it('FR-13 the reference shows every close code and every rejection code', () => {
    expect(tableUnder('Close codes')).toEqual(
      Object.entries(CLOSE_CODES).map(([name, { code, policy }]) => [
        String(code),
        name,
        policy,
        CLOSE_MEANINGS[name as keyof typeof CLOSE_CODES],
      ]),
    )
    expect(tableUnder('Rejection codes')).toEqual(REJECTION_CODES.map((code) => [code, REJECTION_MEANINGS[code]]))
  })
})
