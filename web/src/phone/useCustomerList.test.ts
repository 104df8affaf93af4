import { describe, expect, test } from 'vitest'
import type { Customer } from '../api/types'
import { searched } from './useCustomerList'

const shop = (name: string, lon: number | null, overdue_days = 0) => ({
  name, number: name.length.toString(), address: 'Market Street', phone: '', overdue_days,
  position: lon === null ? null : [lon, 38],
}) as unknown as Customer
const all = [shop('Ada', -75.2), shop('Bo', null, 3), shop('Cy', -75.05, 9), shop('Di', -75.1)]
const names = (asked: Partial<Parameters<typeof searched>[1]>) =>
  searched(all, { words: '', overdue: false, here: null, ...asked }).map((c) => c.name)

describe('customers kept on the phone', () => {
  test('the nearest first, those without a place last', () => {
    expect(names({ here: [-75, 38] })).toEqual(['Cy', 'Di', 'Ada', 'Bo'])
    expect(searched(all, { words: 'di', overdue: false, here: [-75, 38] })[0]?.distance_m).toBeCloseTo(8764, -2)
  })
  test('words and urgency', () => {
    expect(names({ words: 'market AD' })).toEqual(['Ada'])
    expect(names({ overdue: true })).toEqual(['Cy', 'Bo'])
    expect(names({ words: 'nobody' })).toEqual([])
  })
})
