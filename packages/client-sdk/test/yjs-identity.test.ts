import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { assertOneYjs } from '../src/yjs-identity.ts'

const MARKER = Symbol.for('sheaf.yjs')

describe('two copies of yjs', () => {
  it('CO-19 are told at once, whoever of the two came first', () => {
    assertOneYjs()
    assertOneYjs(Y.Doc)
    const other = (): undefined => undefined
    expect(() => assertOneYjs(other)).toThrow(expect.objectContaining({ code: 'duplicate-yjs' }))
    const scope = globalThis as unknown as Record<symbol, unknown>
    scope[MARKER] = other
    try {
      expect(() => assertOneYjs()).toThrow(expect.objectContaining({ code: 'duplicate-yjs' }))
    } finally {
      scope[MARKER] = Y.Doc
    }
  })
})
