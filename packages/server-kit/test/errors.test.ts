import { readFile, readdir } from 'node:fs/promises'
import { CLOSE_CODES } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, SheafServerError, isServerError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]

describe('errors', () => {
  it('HT-71 every code has a status, a close code and a sentence', () => {
    for (const code of codes) {
      const { status, close, title } = ERROR_CODES[code]
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(CLOSE_CODES).toHaveProperty(close)
      expect(title).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('HT-71 what may be tried again ends a socket so that the client comes back', () => {
    for (const code of codes) {
      const { retry, close } = ERROR_CODES[code]
      if (retry) expect(CLOSE_CODES[close].policy, code).toBe('reconnect')
    }
  })

  it('HT-72 the reference of the errors is this table', async () => {
    const reference = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
    const rows = [...reference.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\| (\d+) +\| (yes|no) +\| (.*?) +\|$/gm)].map(
      (row) => row.slice(1, 6),
    )
    expect(rows).toEqual(
      codes.map((code) => {
        const { status, close, retry, title } = ERROR_CODES[code]
        return [code, String(status), String(CLOSE_CODES[close].code), retry ? 'yes' : 'no', title]
      }),
    )
  })

  it('HT-73 every code is used', async () => {
    const root = new URL('../src/', import.meta.url)
    const files = (await readdir(root, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && file !== 'errors.ts',
    )
    const source = (await Promise.all(files.map((file) => readFile(new URL(file, root), 'utf8')))).join('\n')
    for (const code of codes) expect(source.includes(`'${code}'`), code).toBe(true)
  })

  it('HT-74 an error knows its status, its close code and its cause', () => {
    const cause = new Error('why')
    const error = new SheafServerError('slow-down', 'wait', { cause, retryAfterSeconds: 7 })
    expect(error).toMatchObject({ status: 429, closeCode: 4429, retryAfterSeconds: 7, message: 'wait', cause })
    expect(isServerError(error)).toBe(true)
    expect(isServerError(error, 'internal')).toBe(false)
    expect(isServerError(cause)).toBe(false)
    expect(new SheafServerError('not-found').message).toBe(ERROR_CODES['not-found'].title)
  })
})
