import { describe, expect, test } from 'vitest'
import {
  add, change, compare, draftOf, drop, edit, move, redo, sameSet, stepTarget, toggleLock, undo,
  type DraftStop,
} from './plan'

const stops = (...ids: (number | [number])[]): DraftStop[] =>
  ids.map((id) =>
    typeof id === 'number'
      ? { id, locked: false }
      : { id: id[0], locked: true },
  )
/** The same as the server tells it; 0 is a bare point. */
const server = (...list: number[]) =>
  list.map((id) => ({ customer_id: id, stop_id: 90 + id, locked: false, optional: false }))
const ids = (s: DraftStop[]) => s.map((x) => x.id)

/** A small generator, so that a failure can be repeated. */
function dice(seed: number) {
  let s = seed
  return (n: number) => {
    s = (Math.imul(s, 1103515245) + 12345) >>> 0
    return Math.floor((s / 4294967296) * n)
  }
}

describe('moving a stop', () => {
  test('down and up', () => {
    expect(ids(move(stops(1, 2, 3, 4), 0, 2))).toEqual([2, 3, 1, 4])
    expect(ids(move(stops(1, 2, 3, 4), 3, 1))).toEqual([1, 4, 2, 3])
  })
  test('beyond the ends stays within', () => {
    expect(ids(move(stops(1, 2, 3), 0, 99))).toEqual([2, 3, 1])
    expect(ids(move(stops(1, 2, 3), 2, -5))).toEqual([3, 1, 2])
  })
  test('a locked stop neither moves nor is pushed', () => {
    expect(ids(move(stops(1, [2], 3, 4), 1, 3))).toEqual([1, 2, 3, 4])
    expect(ids(move(stops(1, [2], 3, 4), 0, 2))).toEqual([3, 2, 1, 4])
    expect(ids(move(stops(1, [2], 3, 4), 3, 0))).toEqual([4, 2, 1, 3])
  })
  test('steps over locked ones', () => {
    const day = stops(1, [2], 3)
    expect(stepTarget(day, 0, 1)).toBe(2)
    expect(stepTarget(day, 2, -1)).toBe(0)
    expect(stepTarget(stops([1], 2), 1, -1)).toBe(1)
  })
  // feature: Y24
  test('any sequence of moves keeps exactly the same customers, locked ones in place', () => {
    const roll = dice(7)
    for (let round = 0; round < 300; round++) {
      const n = 1 + roll(12)
      let day: DraftStop[] = Array.from({ length: n }, (_, i) => ({
        id: i, locked: roll(4) === 0,
      }))
      const first = day
      for (let k = 0; k < 8; k++) day = move(day, roll(n), roll(n + 4) - 2)
      expect([...ids(day)].sort((a, b) => a - b)).toEqual(ids(first))
      first.forEach((s, i) => s.locked && expect(day[i]).toEqual(s))
    }
  })
})

describe('the draft', () => {
  test('undo and redo walk the same path', () => {
    const day = { stops: server(1, 2, 3) } as unknown as Parameters<typeof draftOf>[0]
    let d = draftOf(day)
    d = change(d, move(d.stops, 0, 2))
    d = change(d, drop(d.stops, 3))
    expect(ids(d.stops)).toEqual([2, 1])
    d = undo(undo(d))
    expect(ids(d.stops)).toEqual([1, 2, 3])
    expect(undo(d)).toBe(d)
    d = redo(redo(d))
    expect(ids(d.stops)).toEqual([2, 1])
    expect(redo(d)).toBe(d)
  })
  test('an order that changes nothing leaves no step', () => {
    const d = draftOf({ stops: server(1, 2) } as unknown as Parameters<typeof draftOf>[0])
    expect(change(d, d.stops.map((x) => ({ ...x })))).toBe(d)
  })
  test('adds once, in the asked place', () => {
    expect(ids(add(stops(1, 2), [2, 3, 3]))).toEqual([1, 2, 3])
    expect(ids(add(stops(1, 2), [9], 1))).toEqual([1, 9, 2])
  })
  test('locks and frees', () => {
    const once = toggleLock(stops(1, 2), 2)
    expect(once[1]?.locked).toBe(true)
    expect(toggleLock(once, 2)[1]?.locked).toBe(false)
  })
  test('sets compare without order', () => {
    expect(sameSet(stops(1, 2), stops(2, 1))).toBe(true)
    expect(sameSet(stops(1, 2), stops(2, 3))).toBe(false)
    expect(sameSet(stops(1), stops(1, 2))).toBe(false)
  })
})

describe('the body of an edit', () => {
  test('names customers by id and bare points by their stop', () => {
    const anchor = { kind: 'home' as const, point: [1, 2] as [number, number] }
    const body = edit([{ id: 7, locked: true }, { id: -9, locked: false }], {
      start: anchor, end: { kind: 'custom', point: [3, 4] },
    })
    expect(body).toEqual({
      stops: [
        { customer_id: 7, locked: true, optional: false },
        { stop_id: 9, locked: false, optional: false },
      ],
      start: { kind: 'home', point: null },
      end: { kind: 'custom', point: [3, 4] },
    })
  })
})

describe('comparison', () => {
  const totals = (distance_m: number, drive_s: number) => ({
    distance_m, drive_s, service_s: 0, wait_s: 0, start: '', end: '', stops: 0,
  })
  // feature: Y26
  test('gives km, minutes and percent of the order in hand', () => {
    expect(compare(totals(100_000, 7200), totals(80_000, 6000))).toEqual({
      distance_m: 20_000, duration_s: 1200, percent: 20, even: false,
    })
  })
  test('an empty day saves nothing', () => {
    expect(compare(totals(0, 0), totals(0, 0))).toMatchObject({ percent: 0, even: true })
  })
})
