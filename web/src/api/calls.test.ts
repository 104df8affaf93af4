import { expect, test } from 'vitest'
import { instantOf, skillNames, urgency } from './calls'

test('a time of day is an instant of the company’s zone, also when the clocks change', () => {
  expect(instantOf('2026-11-23', '14:30', 'America/New_York')).toBe('2026-11-23T19:30:00.000Z')
  expect(instantOf('2026-11-23', '00:15', 'Asia/Shanghai')).toBe('2026-11-22T16:15:00.000Z')
  expect(instantOf('2026-11-01', '00:30', 'America/New_York')).toBe('2026-11-01T04:30:00.000Z')
  expect(instantOf('2026-11-01', '03:30', 'America/New_York')).toBe('2026-11-01T08:30:00.000Z')
})

test('the end of a window is over, soon or far', () => {
  expect([null, -1, 0, 3599, 3600].map(urgency)).toEqual(['calm', 'over', 'soon', 'soon', 'calm'])
})

test('each skill is named once', () => {
  expect(skillNames([{ person_id: 1, skills: ['b', 'a'] }, { person_id: 2, skills: ['a'] }])).toEqual(['a', 'b'])
})
