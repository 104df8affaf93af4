import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.resetModules()
})

/** A browser's page: what it stores outlives it, its own clock does not. */
async function page(stored: Map<string, string>) {
  vi.resetModules()
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => stored.get(k) ?? null, setItem: (k: string, v: string) => void stored.set(k, v),
  })
  return import('./clock')
}
const at = (iso: string) => new Response('', { headers: { 'X-Now': iso } })

test('an instant keeps how the clock stood, and how long ago it is though the clock is set', async () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T08:00:30Z') })
  const stored = new Map<string, string>()
  const { hear, instant, sinceThen } = await page(stored)
  expect(sinceThen(instant())).toBeUndefined() // nothing is known yet
  hear(at('2026-11-23T08:00:00Z'))
  vi.advanceTimersByTime(10 * 60_000)
  const then = instant()
  vi.advanceTimersByTime(25 * 60_000)
  vi.setSystemTime(Date.parse('2026-11-22T01:00:00Z'))
  const known = { ahead_s: 30, heard_at: '2026-11-23T08:00:00.000Z' }
  expect(sinceThen(then)).toEqual({ ...known, elapsed_s: 1500 })

  // The app is killed and opened again: how long ago is not known any more, the rest is.
  const next = await page(stored)
  expect(next.sinceThen(then)).toEqual(known)
  expect(next.sinceThen(next.instant())).toEqual(known)
  next.hear(new Response('')) // an answer without a time teaches nothing
  expect(next.sinceThen(next.instant())).toEqual(known)
})

test('a browser that keeps nothing knows as long as the page lives', async () => {
  const { hear, instant, sinceThen } = await page(new Map())
  vi.stubGlobal('localStorage', undefined)
  hear(at(new Date().toISOString()))
  expect(sinceThen(instant())).toMatchObject({ heard_at: expect.any(String) as string })
  expect(sinceThen(undefined)).toBeUndefined()
})
