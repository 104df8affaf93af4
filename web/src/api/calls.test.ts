import { expect, test } from 'vitest'
import { instantOf, skillNames, urgency } from './calls'

test('a time of day is an instant of the company’s zone, also when the clocks change', () => {
  expect(instantOf('2026-11-23', '14:30', 'America/New_York')).toBe('2026-11-23T19:30:00.000Z')
  expect(instantOf('2026-11-23', '00:15', 'Asia/Shanghai')).toBe('2026-11-22T16:15:00.000Z')
  expect(instantOf('2026-11-01', '00:30', 'America/New_York')).toBe('2026-11-01T04:30:00.000Z')
  expect(instantOf('2026-11-01', '03:30', 'America/New_York')).toBe('2026-11-01T08:30:00.000Z')
})

test('the end of a window is over, soon or far', () => {
  const now = Date.parse('2026-11-23T12:00:00Z')
  expect(urgency(null, now)).toBe('calm')
  expect(urgency('2026-11-23T11:59:00Z', now)).toBe('over')
  expect(urgency('2026-11-23T12:59:00Z', now)).toBe('soon')
  expect(urgency('2026-11-23T13:00:00Z', now)).toBe('calm')
})

test('each skill is named once', () => {
  expect(skillNames([{ person_id: 1, skills: ['b', 'a'] }, { person_id: 2, skills: ['a'] }])).toEqual(['a', 'b'])
})
