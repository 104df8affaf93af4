import { expect, test } from 'vitest'
import type { Action } from './offline/outbox'
import { standing } from './useOpenVisit'

const known = { id: 12, customer_id: 30, customer_name: 'Shop' }
const action = (kind: Action['kind'], customer: number, more: Partial<Action> = {}): Action => ({
  id: 1, person: 7, local: 'v', kind, customer, name: 'Kiosk', key: 'k', at: '', body: {}, ...more,
})

test('where one is: what the server knows, changed by what waits', () => {
  const shop = { customer: 30, name: 'Shop', visit: 12 }
  expect(standing(null, [])).toBeNull()
  expect(standing(known, [])).toEqual(shop)
  expect(standing(known, [action('photo', 30), action('out', 30)])).toBeNull()
  expect(standing(known, [action('out', 30), action('in', 31)])).toEqual({ customer: 31, name: 'Kiosk', visit: null })
  expect(standing(known, [action('in', 30, { sent: true })])).toEqual({ ...shop, name: 'Kiosk' })
  expect(standing(null, [action('in', 31), action('out', 31)])).toBeNull()
  expect(standing(known, [action('in', 31, { refused: { code: 'a.b', detail: '', args: {} } })])).toEqual(shop)
})
