import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contrast, initials, personPaint, unowned } from './palette'

const css = (path: string) => readFileSync(resolve(import.meta.dirname, path), 'utf8')

/** The custom properties of the light and of the dark block of a stylesheet. */
function tokens(text: string, theme: 'light' | 'dark'): Record<string, string> {
  const blocks = [...text.matchAll(/:root(\[data-theme='dark'\])?\s*\{([^}]*)\}/g)]
  const out: Record<string, string> = {}
  for (const [, dark, body] of blocks) {
    if (dark && theme === 'light') continue
    for (const m of (body ?? '').matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)) out[m[1]!] = m[2]!
  }
  return out
}

describe('colours', () => {
  test('a person keeps one, the ninth gets a ring, nobody is grey', () => {
    expect(personPaint(3)).toEqual(personPaint(3))
    expect(personPaint(8).fill).toBe(personPaint(0).fill)
    expect(personPaint(8).ring).not.toBe(personPaint(0).ring)
    expect(personPaint(null)).toEqual(unowned)
  })
  test('letters on people read: 4 : 1 or better', () => {
    for (let i = 0; i < 24; i++) {
      const paint = personPaint(i)
      expect(contrast(paint.fill, paint.text), paint.fill).toBeGreaterThanOrEqual(4)
    }
  })
  test('desktop text keeps 4.5 : 1 on every surface, in both themes', () => {
    const text = css('tokens.css')
    for (const theme of ['light', 'dark'] as const) {
      const c = tokens(text, theme)
      for (const ink of ['text', 'text-2', 'danger', 'warn', 'accent-strong']) {
        for (const surface of ['surface', 'surface-2']) {
          expect(contrast(c[ink]!, c[surface]!), `${theme} ${ink}/${surface}`).toBeGreaterThanOrEqual(4.5)
        }
      }
    }
  })
  test('the phone reads in the sun: 7 : 1 on its surfaces', () => {
    for (const theme of ['light', 'dark'] as const) {
      const c = { ...tokens(css('tokens.css'), theme), ...tokens(css('../phone/phone.css'), theme) }
      for (const ink of ['p-text', 'p-text-2', 'p-accent', 'p-danger']) {
        expect(contrast(c[ink]!, c.surface!), `${theme} ${ink}`).toBeGreaterThanOrEqual(7)
      }
    }
    expect(contrast('#0a5c55', '#ffffff')).toBeGreaterThanOrEqual(7)
  })
})

describe('initials', () => {
  test('of both scripts', () => {
    expect(initials('Ava Lin')).toBe('AL')
    expect(initials('王芳 Wang Fang')).toBe('王芳')
    expect(initials('欧阳小明')).toBe('小明')
    expect(initials('admin')).toBe('A')
    expect(initials('  ')).toBe('?')
  })
})
