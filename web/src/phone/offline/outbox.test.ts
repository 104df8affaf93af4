import { afterEach, expect, test, vi } from 'vitest'
import { ApiError } from '../../api/client'
import { readable, sendOrKeep, unsent, withWaiting, type Action } from './outbox'

const kept = vi.hoisted(() => [] as object[])
vi.mock('idb', () => ({
  openDB: () => Promise.resolve({
    getAll: () => Promise.resolve([]),
    transaction: () => ({ store: { add: (row: object) => Promise.resolve(kept.push(row)) }, done: Promise.resolve() }),
  }),
}))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const action = (kind: Action['kind'], more: Partial<Action>): Action => ({
  id: 1, person: 7, local: 'v', kind, customer: 30, name: 'Shop', key: 'k', at: '', body: {}, ...more,
})
const stops = [{ customer_id: 30, stop_id: 1, state: 'planned' }, { customer_id: 31, stop_id: 2, state: 'planned' }]
const shown = (...all: Action[]) => withWaiting(stops, all, 7).map((s) => s.state)

test('what was sent is shown until the day has been read, and no longer counted as waiting', () => {
  const made = action('in', { sent: true })
  expect(shown(made)).toEqual(['checked_in', 'planned'])
  expect(unsent([made, action('out', {})], 7)).toEqual([action('out', {})])
  expect(shown(made, action('out', {}))).toEqual(['done', 'planned'])
})

test('what was refused, and what another person did, changes no stop', () => {
  expect(shown(action('in', { refused: { code: 'a.b', detail: '', args: {} } }))).toEqual(['planned', 'planned'])
  expect(shown(action('in', { person: 8 }))).toEqual(['planned', 'planned'])
  expect(unsent([action('in', { person: 8 })], 7)).toEqual([])
  expect(shown(action('skip', { target: 2, customer: null }))).toEqual(['planned', 'skipped'])
})

test('a file that the browser has lost is refused, not taken for a missing network', async () => {
  await readable(new Blob(['picture']))
  const lost = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) }
  for (const file of [undefined, new Blob([]), lost as unknown as Blob]) {
    await expect(readable(file)).rejects.toMatchObject({ status: 422, code: 'blob.picture_damaged' })
  }
})

test('what is kept after a try that took minutes is dated by when it was done', async () => {
  const start = '2026-11-23T08:00:00.000Z'
  vi.useFakeTimers({ now: Date.parse(start) })
  vi.stubGlobal('navigator', { onLine: true })
  const begun = performance.now()
  const slow = () => new Promise((_, fail) => setTimeout(() => fail(new ApiError(0, {})), 300_000))
  const sent = sendOrKeep(slow, { ...action('photo', { target: 5 }), key: 'k' })
  await vi.advanceTimersByTimeAsync(300_000)
  expect(await sent).toBe(false)
  expect(kept).toMatchObject([{ at: start, then: { tick: begun } }])
})
