import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { en } from './en'
import { faultPlace, fieldFault, sentence } from './problem'
import { refusals } from './refusals'
import { fill } from './translate'
import { zh } from './zh'
import { ApiError } from '../api/client'

const src = resolve(import.meta.dirname, '..')
const holes = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort()

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) => {
    const path = join(folder, e.name)
    if (e.isDirectory()) return sources(path)
    return /\.tsx?$/.test(e.name) && !/\.test\.|schema\.d|i18n/.test(path) ? [path] : []
  })
}

describe('catalogues', () => {
  test('both languages have the same keys, none empty', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text.trim()).not.toBe('')
  })
  test('both languages fill the same holes', () => {
    for (const [key, text] of Object.entries(zh)) {
      expect(holes(en[key as keyof typeof zh]), key).toEqual(holes(text))
    }
  })
  test('nobody boasts of success', () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(/success/i)
    for (const text of Object.values(zh)) expect(text).not.toMatch(/成功/)
  })
  test('every word that the screens ask for exists', () => {
    const missing: string[] = []
    for (const path of sources(src)) {
      const text = readFileSync(path, 'utf8')
      for (const m of text.matchAll(/\bt\(\s*'([\w.-]+)'/g)) {
        if (!(m[1]! in zh)) missing.push(`${m[1]} in ${path}`)
      }
    }
    expect(missing).toEqual([])
  })
  test('no Chinese words stand in the screens themselves', () => {
    const allowed = new Set(['中文'])
    for (const path of sources(src)) {
      const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      const found = (text.match(/[\u4e00-\u9fff]+/g) ?? []).filter((w) => !allowed.has(w))
      expect(found, path).toEqual([])
    }
  })
})

describe('filling', () => {
  test('holes, plurals and what is unknown', () => {
    expect(fill('{a} of {b}', { a: 1, b: 'x' })).toBe('1 of x')
    expect(fill('{n} {n|day|days}', { n: 1 })).toBe('1 day')
    expect(fill('{n} {n|day|days}', { n: 2 })).toBe('2 days')
    expect(fill('{gone}', { n: 2 })).toBe('{gone}')
  })
})

// What no screen can be told: these are met by commands, by programs and by other clients.
const elsewhere = new RegExp('^(backup|db|erasure|idem|jobs|localpg|ogc|tiles)\\.|' +
  '^request\\.(after|if_match|malformed|method|no_such|not_acc|unsup)|^track\\.bad_(batch|format)|^track\\.batch')

describe('a refusal in words', () => {
  test('every code that a person can meet has a Chinese sentence, and only one', () => {
    const codes = readdirSync(resolve(src, '../../docs/problems'))
      .filter((f) => f.endsWith('.md')).map((f) => f.slice(0, -3))
    const own = (code: string) => `problem.${code}` in zh
    expect(codes.length).toBeGreaterThan(300)
    expect(codes.filter((c) => !elsewhere.test(c) && !own(c) && !refusals[c])).toEqual([])
    expect(Object.keys(refusals).filter((c) => own(c) || !codes.includes(c))).toEqual([])
  })
  const lookup = (key: string, args?: Record<string, string | number>) => {
    const text = (zh as Record<string, string>)[key]
    return text === undefined ? undefined : fill(text, args)
  }
  test('by code, with distances written out', () => {
    const error = new ApiError(422, { code: 'visits.too_far', args: { distance_m: 1234 } })
    expect(sentence(error, lookup, 'zh')).toContain('1.2 km')
  })
  test('in the words of the server for English readers', () => {
    const error = new ApiError(409, { code: 'crm.archived', detail: 'This customer is archived.' })
    expect(sentence(error, lookup, 'en')).toBe('This customer is archived.')
  })
  test('field by field, with the heading of the template', () => {
    const fault = { field: '3: Login', code: 'pattern', message: 'A login is …' }
    expect(fieldFault(fault, 'en')).toBe('A login is …')
    expect(fieldFault(fault, 'zh')).toContain('小写字母')
    expect(fieldFault({ ...fault, field: 'body.phone', code: 'length' }, 'zh')).toBe('字数不对')
    expect(faultPlace('3: Home longitude', 'zh')).toBe('3: 住址经度')
    expect(faultPlace('3: Login', 'en')).toBe('3: Login')
  })
  test('by status where the code is not known', () => {
    expect(sentence(new ApiError(404, { code: 'x.y' }), lookup, 'zh')).toBe(zh['problem.status.404'])
  })
  test('a lost network is no mystery', () => {
    expect(sentence(new ApiError(0, {}), lookup, 'zh')).toBe(zh['problem.network.unreachable'])
  })
})
