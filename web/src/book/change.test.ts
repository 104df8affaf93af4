import { describe, expect, it } from 'vitest'
import type { Colleague, Customer } from '../api/types'
import { differences, draftOf, fields, payloadOf, valueWord } from './change'

const shop = {
  id: 7, name: 'Shop', kind: 'shop/bakery', level: 'A', status: 'active', stage: 'new', channel: '', district: '',
  address: '1 Market', building: '', position: [-75.5, 39.7], phone: '', licence: '', contacts: [{ name: 'Wu' }], sites: [],
  tags: ['key'], shared_with: { people: [3], teams: [] }, owner_id: 2, opening_hours: [], visit_every_days: 7, service_minutes: 20,
} as unknown as Customer
const people = [
  { id: 2, name: 'Li', team_id: 5, team_name: 'North' }, { id: 3, name: 'Chen', team_id: 5, team_name: 'North' },
] as unknown as Colleague[]
const lookup = (key: string) => ({ 'weekday.1': 'Mon', 'level.B': 'Level B' })[key]

describe('a change request', () => {
  it('holds nothing when nothing is different', () => {
    const d = draftOf(shop)
    d.contacts = [{ name: 'Wu', phone: '', email: '' }]
    d.name = ' Shop '
    d.sites = [{ name: '  ' }]
    expect(differences(shop, d)).toEqual([])
  })
  it('holds each field that is different, and no other', () => {
    const other: Record<string, unknown> = {
      ...Object.fromEntries(fields.map((f) => [f, `another ${f}`])), position: [-75.6, 39.8], contacts: [{ name: 'Zhou' }],
      sites: [{ name: 'Warehouse' }], tags: ['a', 'b'], shared_with: { people: [], teams: [5] }, owner_id: null,
      opening_hours: [{ days: [1], open: '09:00', close: '18:00' }], visit_every_days: 0, service_minutes: 5,
    }
    for (const f of fields) {
      const found = differences(shop, { ...draftOf(shop), [f]: other[f] })
      expect(found.map((x) => x.field)).toEqual([f])
      expect(Object.keys(payloadOf(shop, found)).sort()).toEqual(['customer_id', f].sort())
    }
    const all = differences(shop, other as never)
    expect(payloadOf(shop, all)).toMatchObject({ customer_id: 7, shared_with: [-5], owner_id: 0, visit_every_days: 0 })
  })
  it('is read in words, from the form and from the approval', () => {
    const said = (f: string, v: unknown) => valueWord(f, v, people, lookup)
    expect(said('shared_with', '[3,-5]')).toBe('Chen, North')
    expect(said('shared_with', { people: [3], teams: [5] })).toBe('Chen, North')
    expect(said('contacts', '[{"name":"Wu","phone":"139"}]')).toBe('Wu · 139')
    expect(said('opening_hours', [{ days: [1], open: '09:00', close: '18:00' }])).toBe('Mon 09:00–18:00')
    expect(said('position', '[-75.5,39.7]')).toBe('39.70000, -75.50000')
    expect(said('owner_id', '2')).toBe('Li')
    expect(said('phone', '139')).toBe('139')
    expect(said('level', 'B')).toBe('Level B')
  })
})
