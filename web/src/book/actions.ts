import { commandKey, get, post } from '../api/client'
import type { Colleague, Customer, Page } from '../api/types'
import type { Key } from '../i18n/zh'

/** What somebody may start from a customer: each a short form that knows the customer. */

/** A change has a form of its own, ChangeForm. */
export type Action = 'transfer' | 'problem' | 'note' | 'merge'

export interface Field {
  name: string
  word: Key
  /** A choice of values, an area of text, or a line. */
  choices?: { value: string; label: string }[]
  long?: boolean
  required?: boolean
}

export type Values = Record<string, string>

type Words = (key: Key) => string

/** The fields of an action's form. */
export function fieldsOf(action: Action, people: Colleague[], t: Words): Field[] {
  const choices = (list: Key[]) => list.map((k) => ({ value: k.split('.').pop() ?? '', label: t(k) }))
  const persons = people.map((p) => ({ value: String(p.id), label: p.team_name ? `${p.name} · ${p.team_name}` : p.name }))
  const reason: Field = { name: 'reason', word: 'book.reason', long: true }
  switch (action) {
    case 'transfer':
      return [
        { name: 'to', word: 'book.to', choices: persons, required: true },
        { name: 'why', word: 'book.why', required: true,
          choices: choices(['book.why.post_change', 'book.why.scope_change', 'book.why.leaving']) },
        reason,
      ]
    case 'problem':
      return [
        { name: 'kind', word: 'book.problemKind', required: true, choices: choices([
          'book.problem.quality', 'book.problem.delivery', 'book.problem.service', 'book.problem.billing', 'book.problem.other']) },
        { name: 'description', word: 'book.description', long: true, required: true },
        { name: 'responsible', word: 'book.responsible', choices: persons },
      ]
    case 'note':
      return [{ name: 'text', word: 'book.text', long: true, required: true }]
    case 'merge':
      return [{ name: 'into', word: 'book.into', required: true }]
  }
}

/** What an action's form holds when it opens: the customer's own values. */
export function startOf(action: Action, c: Customer): Values {
  switch (action) {
    case 'transfer':
      return { to: '', why: 'scope_change', reason: '' }
    case 'problem':
      return { kind: 'quality', description: '', responsible: String(c.owner_id ?? '') }
    case 'note':
      return { text: '' }
    case 'merge':
      return { into: '' }
  }
}

/** Thrown when no customer has the number. */
export class NoSuchNumber extends Error {}

/** Sends a filled form. The key stays the same while one form is tried again. */
export async function send(action: Action, c: Customer, v: Values, key: string): Promise<Customer | undefined> {
  const ask = (kind: string, payload: object) =>
    post('/v1/approvals', { kind, reason: v.reason || undefined, payload }, { key })
  switch (action) {
    case 'transfer':
      await ask('customer.transfer', { customer_ids: [c.id], to: Number(v.to), why: v.why })
      return undefined
    case 'problem':
      await post('/v1/customer-problems', {
        customer_id: c.id, kind: v.kind, description: v.description,
        responsible_id: Number(v.responsible) || undefined,
      }, { key })
      return undefined
    case 'note':
      await post(`/v1/customers/${c.id}/notes`, { text: v.text }, { key })
      return undefined
    case 'merge': {
      const number = (v.into ?? '').trim()
      const found = await get<Page<Customer>>('/v1/customers', { q: number, limit: 20 })
      const other = found.items.find((o) => o.number.toLowerCase() === number.toLowerCase() && o.id !== c.id)
      if (!other) throw new NoSuchNumber(number)
      return post<Customer>(`/v1/customers/${c.id}/merge`, { into: other.id, version: other.version }, { key })
    }
  }
}

export { commandKey }
