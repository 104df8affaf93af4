import type { Colleague, Contact, Customer, OpeningHours, Sharing } from '../api/types'
import { kindWord } from '../desktop/customers/words'

/** What a change request may ask for: every field of a customer that its rule covers. */

export interface Site { name: string; address?: string; position?: number[] }

export interface Draft {
  name: string
  kind: string
  level: string
  status: string
  stage: string
  channel: string
  district: string
  address: string
  building: string
  position: number[] | null
  phone: string
  licence: string
  contacts: Contact[]
  sites: Site[]
  tags: string[]
  shared_with: Sharing
  owner_id: number | null
  opening_hours: OpeningHours[]
  visit_every_days: number
  service_minutes: number
}

export type Field = keyof Draft

export const fields: Field[] = [
  'name', 'kind', 'level', 'status', 'stage', 'channel', 'district', 'address', 'building', 'position', 'phone',
  'licence', 'contacts', 'sites', 'tags', 'shared_with', 'owner_id', 'opening_hours', 'visit_every_days', 'service_minutes',
]

/** The customer's own values, to be changed. */
export const draftOf = (c: Customer): Draft =>
  structuredClone(Object.fromEntries(fields.map((f) => [f, c[f] ?? blank(f)])) as unknown as Draft)

const blank = (f: Field) => (['contacts', 'sites', 'tags', 'opening_hours'].includes(f) ? [] : null)

/** Rows without a name are left out; texts lose the blanks around them. */
function tidy(d: Draft): Draft {
  const named = <T extends { name: string }>(list: T[]) => list.filter((r) => r.name.trim() !== '')
  const texts = fields.filter((f) => typeof d[f] === 'string').map((f) => [f, (d[f] as string).trim()])
  return {
    ...d, ...Object.fromEntries(texts), contacts: named(d.contacts), sites: named(d.sites),
    tags: d.tags.map((t) => t.trim()).filter(Boolean), opening_hours: d.opening_hours.filter((h) => h.days.length > 0),
  }
}

export interface Difference { field: Field; before: unknown; after: unknown }

/** The fields that differ, in the order of the form. */
export function differences(c: Customer, draft: Draft): Difference[] {
  const before = tidy(draftOf(c))
  const after = tidy(draft)
  return fields
    .filter((f) => canonical(before[f]) !== canonical(after[f]))
    .map((f) => ({ field: f, before: before[f], after: after[f] }))
}

/** Values that mean the same are written the same: an absent text is an empty one. */
const canonical = (v: unknown) => JSON.stringify(v, (_, x: unknown) => {
  if (x === null || typeof x !== 'object' || Array.isArray(x)) return x
  const entries = Object.entries(x).filter(([, y]) => y !== '' && y !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)))
})

/** A person as a number, a team as a negative one: how a request names whom it shares with. */
const shared = (s: Sharing) => [...s.people, ...s.teams.map((n) => -n)]

/** What the request holds: the customer and the fields that differ. */
export function payloadOf(c: Customer, list: Difference[]): Record<string, unknown> {
  const value = ({ field, after }: Difference) => {
    if (field === 'shared_with') return shared(after as Sharing)
    if (field === 'owner_id') return after ?? 0
    return after
  }
  return { customer_id: c.id, ...Object.fromEntries(list.map((d) => [d.field, value(d)])) }
}

type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/** A value as a person reads it; the text of an approval is read back first. */
export function valueWord(field: string, value: unknown, people: Colleague[], lookup: Lookup): string {
  const v = typeof value === 'string' && structured.has(field) ? parsed(value) : value
  if (v === null || v === undefined || v === '') return ''
  switch (field) {
    case 'level': case 'status': case 'stage':
      return lookup(`${field}.${String(v)}`) ?? String(v)
    case 'kind':
      return kindWord(String(v), lookup)
    case 'owner_id':
      return v === 0 ? '' : nameOf(Number(v), people)
    case 'position':
      return Array.isArray(v) ? `${Number(v[1]).toFixed(5)}, ${Number(v[0]).toFixed(5)}` : ''
    case 'tags':
      return list(v, String, ', ')
    case 'shared_with':
      return list(Array.isArray(v) ? v : shared(v as Sharing), (n) => nameOf(Number(n), people), ', ')
    case 'contacts':
      return list(v, (c: Contact) => [c.name, c.post, c.phone, c.email, c.note].filter(Boolean).join(' · '))
    case 'sites':
      return list(v, (s: Site) => [s.name, s.address].filter(Boolean).join(' · '))
    case 'opening_hours':
      return list(v, (h: OpeningHours) =>
        `${h.days.length === 7 ? lookup('weekday.all') ?? '' : h.days.map((d) => lookup(`weekday.${d}`) ?? d).join(' ')} ${h.open}–${h.close}`)
    default:
      return typeof v === 'object' ? JSON.stringify(v) : String(v)
  }
}

const structured = new Set<string>(['contacts', 'sites', 'tags', 'shared_with', 'owner_id', 'opening_hours', 'position'])

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

const list = <T>(v: unknown, word: (row: T) => string, between = '\n') =>
  Array.isArray(v) ? v.map((row) => word(row as T)).join(between) : ''

function nameOf(id: number, people: Colleague[]): string {
  const one = people.find((p) => (id < 0 ? p.team_id === -id : p.id === id))
  return (id < 0 ? one?.team_name : one?.name) ?? `#${Math.abs(id)}`
}
