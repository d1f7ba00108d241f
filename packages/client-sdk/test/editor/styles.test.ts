import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { presenceColor } from '../../src/presence.ts'

const folder = new URL('../../src/styles/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const tokens = read('tokens.css')
const withoutComments = (css: string): string => css.replaceAll(/\/\*[\s\S]*?\*\//g, '')
const parts = readdirSync(folder).filter((name) => name !== 'index.css')
const others = parts.filter((name) => name !== 'tokens.css').map((name) => [name, withoutComments(read(name))] as const)

/** The custom properties that the rule with a selector sets. */
function table(selector: string): Record<string, string> {
  const css = withoutComments(tokens)
  const at = css.indexOf(`${selector} {`)
  expect(at, selector).toBeGreaterThanOrEqual(0)
  const body = css.slice(css.indexOf('{', at) + 1, css.indexOf('}', at))
  return Object.fromEntries(
    [...body.matchAll(/--sheaf-([\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value.trim()]),
  )
}

const light = table(":where(:root, [data-sheaf-theme='light'])")
const dark = table(":where([data-sheaf-theme='dark'])")
const both = table(':where(:root)')
const themes = { light: { ...both, ...light }, dark: { ...both, ...dark } } as const

type Color = readonly [red: number, green: number, blue: number]

function colorOf(hex: string): Color {
  expect(hex).toMatch(/^#[0-9a-f]{6}$/)
  const channel = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255
  return [channel(1), channel(3), channel(5)]
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: Color): number {
  const [red, green, blue] = color.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}

function contrast(a: Color, b: Color): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other)
  return (lighter + 0.05) / (darker + 0.05)
}

const mixed = (a: Color, b: Color, share: number): Color => [
  a[0] * share + b[0] * (1 - share),
  a[1] * share + b[1] * (1 - share),
  a[2] * share + b[2] * (1 - share),
]
const percent = (value: string): number => Number.parseFloat(value) / 100

/** Each text with the grounds that it is drawn on. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  text: [
    'surface',
    'surface-raised',
    'surface-sunken',
    'accent-soft',
    'highlight',
    'found',
    'found-active',
    'marked',
    'warn-soft',
  ],
  'text-muted': ['surface', 'surface-raised', 'surface-sunken', 'accent-soft'],
  accent: ['surface', 'surface-raised', 'surface-sunken', 'accent-soft'],
  'accent-text': ['accent'],
  good: ['surface', 'surface-raised', 'surface-sunken'],
  warn: ['surface', 'surface-raised', 'surface-sunken', 'warn-soft'],
  bad: ['surface', 'surface-raised', 'surface-sunken', 'bad-soft'],
  'person-text': ['person'],
}
/** What is no text, and has to be seen to be used. */
const SHAPES: Readonly<Record<string, readonly string[]>> = {
  'border-strong': ['surface', 'surface-raised', 'surface-sunken'],
  accent: ['surface', 'surface-raised', 'surface-sunken', 'accent-soft'],
}
const people = [...new Set(Array.from({ length: 500 }, (_, index) => presenceColor(`person ${index}`)))]

describe('the styles', () => {
  for (const [theme, values] of Object.entries(themes)) {
    const color = (name: string): Color => colorOf(values[name] ?? '')
    for (const [least, pairs] of [
      [4.5, TEXTS],
      [3, SHAPES],
    ] as const)
      for (const [name, grounds] of Object.entries(pairs))
        for (const ground of grounds)
          it(`ED-110 ${theme}: ${name} on ${ground} has a contrast of ${least} to 1`, () => {
            expect(contrast(color(name), color(ground))).toBeGreaterThanOrEqual(least)
          })

    it(`ED-111 ${theme}: the names of people can be read on their colours, their carets are seen, and words in what they selected can be read`, () => {
      expect(people.length).toBeGreaterThan(8)
      const white: Color = [1, 1, 1]
      for (const person of [...people, values['person'] ?? ''].map(colorOf)) {
        expect(contrast(color('person-text'), person)).toBeGreaterThanOrEqual(4.5)
        const line = mixed(white, person, percent(values['person-lift'] ?? ''))
        expect(contrast(line, color('surface'))).toBeGreaterThanOrEqual(3)
        const selected = mixed(person, color('surface'), percent(values['person-soft'] ?? ''))
        for (const text of ['text', 'text-muted'])
          expect(contrast(color(text), selected), `${text} in a selection`).toBeGreaterThanOrEqual(4.5)
      }
    })
  }

  it('ED-112 the dark theme of the system is the one that an element can ask for, and says all that the light one says', () => {
    expect(table(':where(:root:not([data-sheaf-theme]))')).toEqual(dark)
    expect(Object.keys(dark)).toEqual(Object.keys(light))
  })

  it('ED-113 each custom property is explained at the top of tokens.css, and used', () => {
    const explained = [...tokens.matchAll(/^ \* {3}--sheaf-([\w-]+) {2,}\S/gm)].map(([, name]) => name)
    expect(explained.toSorted()).toEqual(Object.keys(themes.light).toSorted())
    const used = new Set(
      others.flatMap(([, css]) => [...css.matchAll(/var\(--sheaf-([\w-]+)/g)].map(([, name]) => name)),
    )
    expect(explained.filter((name) => !used.has(name))).toEqual([])
    const ofOneElement = ['caret-color', 'caret-line', 'avatar-color']
    expect([...used].filter((name) => !explained.includes(name) && !ofOneElement.includes(name ?? ''))).toEqual([])
  })

  it('ED-113 only tokens.css names a colour, and every class is ours', () => {
    for (const [name, css] of others) {
      const colors = css.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(/gi) ?? []
      expect(colors, name).toEqual([])
      const classes = [...css.replaceAll(/\{[^{}]*\}/g, '{}').matchAll(/\.([a-z][\w-]*)/gi)].map(([, found]) => found)
      expect(
        classes.filter((found) => !/^(?:sheaf-|ProseMirror|selectedCell)/.test(found ?? '')),
        name,
      ).toEqual([])
    }
  })

  it('ED-113 every part is in the one file that applications load', () => {
    const index = read('index.css')
    for (const name of parts) expect(index).toContain(`@import './${name}';`)
  })

  it('ED-114 nothing goes on moving for people who asked for less motion', () => {
    const [, calm = ''] = read('modes.css').split('@media (prefers-reduced-motion: reduce)')
    for (const [name, css] of others)
      for (const [, selector = '', body = ''] of css.matchAll(/([^{}]+)\{([^{}]*\banimation:[^{}]*)\}/g)) {
        if (name === 'modes.css' || body.includes('var(--sheaf-motion)')) continue
        const element = /\.[\w-]+(?=[^.]*$)/.exec(selector.trim())?.[0] ?? ''
        expect(calm, `${name}: ${selector.trim()}`).toContain(element)
      }
    expect(tokens).toMatch(/prefers-reduced-motion: reduce\) \{\s+:where\(:root\) \{\s+--sheaf-motion: 0s/)
  })

  it('ED-114 what only a ground tells is told otherwise where people chose colours of their own', () => {
    const [, forced = ''] = read('modes.css').split('@media (forced-colors: active)')
    for (const told of ['aria-pressed', 'aria-selected', 'aria-current', 'selectedCell', 'search-match', 'sheaf-caret'])
      expect(forced).toContain(told)
  })
})

describe('code', () => {
  it('ED-115 is wrapped and makes no box that has to be scrolled', () => {
    const css = others.find(([name]) => name === 'content.css')?.[1] ?? ''
    const at = css.indexOf('.sheaf-content pre {')
    const rule = css.slice(at, css.indexOf('}', at))
    expect(rule).toContain('white-space: pre-wrap')
    expect(rule).toContain('overflow-wrap: anywhere')
    expect(rule).not.toMatch(/overflow(?:-x)?: *(?:auto|scroll)/)
  })
})
