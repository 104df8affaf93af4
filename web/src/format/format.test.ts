import { describe, expect, test } from 'vitest'
import {
  addDays, age, clock, dateOf, day, daysBetween, distance, duration, kilometres, money, percent, span,
} from './format'

describe('figures', () => {
  test('distances', () => {
    expect(distance(340.4)).toBe('340 m')
    expect(distance(999.6)).toBe('1.0 km')
    expect(distance(12_420)).toBe('12.4 km')
    expect(distance(128_400)).toBe('128 km')
    expect(kilometres(1_234_567)).toBe('1,235')
  })
  test('durations', () => {
    expect(duration(0)).toBe('0 s')
    expect(duration(59)).toBe('59 s')
    expect(duration(1500)).toBe('25 min')
    expect(duration(3599)).toBe('1 h')
    expect(duration(5100)).toBe('1 h 25')
    expect(duration(3900)).toBe('1 h 05')
    expect(duration(-1500)).toBe('−25 min')
  })
  test('clock times stand in the company’s zone', () => {
    expect(clock('2026-11-23T14:40:00Z', 'America/New_York')).toBe('09:40')
    expect(clock('2026-11-23T05:00:00Z', 'America/New_York')).toBe('00:00')
    expect(clock(null, 'Asia/Shanghai')).toBe('–')
    expect(span('2026-11-23T14:00:00Z', '2026-11-23T23:00:00Z', 'America/New_York'))
      .toBe('09:00\u2060–\u206018:00')
  })
  test('an instant’s day is the one in the company’s zone', () => {
    expect(dateOf('2026-11-23T18:30:00Z', 'Asia/Shanghai')).toBe('2026-11-24')
    expect(dateOf('2026-11-23T02:30:00Z', 'America/New_York')).toBe('2026-11-22')
    expect(dateOf('2026-11-23T12:00:00+08:00', 'Asia/Shanghai')).toBe('2026-11-23')
  })
  test('days', () => {
    expect(day('2026-11-23', 'zh')).toBe('11月23日 周一')
    expect(day('2026-11-23', 'en')).toBe('Mon 23 Nov')
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(daysBetween('2026-02-27', '2026-03-01')).toBe(2)
  })
  test('money, shares and ages', () => {
    expect(money(124_050)).toBe('¥1,240.50')
    expect(money(-5)).toBe('−¥0.05')
    expect(percent(12.34)).toBe('12.3 %')
    expect(percent(-0.5)).toBe('−0.5 %')
    expect(age(12)).toBe('12 s')
    expect(age(300, 'zh')).toBe('5分钟')
    expect(age(5400)).toBe('1 h')
    expect(age(-3)).toBe('0 s')
  })
})
