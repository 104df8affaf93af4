import { afterEach, expect, test, vi } from 'vitest'
import { leavingMark } from './api/leaving'

// asked lists what a page of this address asks for before its app, by a browser that keeps
// so much; me is the answer to who is signed in.
async function asked(pathname: string, me: Response, kept: Record<string, string> = {}) {
  const paths: string[] = []
  vi.resetModules()
  vi.stubGlobal('location', { pathname, search: '' })
  vi.stubGlobal('localStorage', { getItem: (k: string) => kept[k] ?? null })
  vi.stubGlobal('navigator', { language: 'en-US' })
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  vi.stubGlobal('fetch', (path: string) => {
    paths.push(path)
    return Promise.resolve(path === '/v1/me' ? me : new Response('{}'))
  })
  await import('./boot')
  await new Promise((r) => setTimeout(r))
  return { paths, waiting: [...(globalThis.beatplanEarly?.keys() ?? [])] }
}

const li = () => new Response(JSON.stringify({ id: 7, role: 'salesperson', business_day: '2026-11-22' }))

afterEach(() => vi.unstubAllGlobals())

test('a desk asks for people and style, a phone for the day of whoever sells', async () => {
  const desk = ['/v1/me', '/v1/people?limit=200', '/tiles/style/light.json?lang=en']
  expect(await asked('/map', li())).toEqual({ paths: desk, waiting: desk })
  expect((await asked('/m/today', li())).paths).toEqual(['/v1/me', '/v1/days/7/2026-11-22'])
})

test('what was refused serves nobody who signs in later', async () => {
  const { waiting } = await asked('/map', new Response('{}', { status: 401 }))
  expect(waiting).toEqual(['/v1/me'])
})

test('nothing is asked for somebody who signed out where the server could not be told', async () => {
  for (const page of ['/map', '/m']) {
    expect(await asked(page, li(), { [leavingMark]: '1' })).toEqual({ paths: [], waiting: [] })
  }
})
