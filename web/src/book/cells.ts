import type { Customer } from '../api/types'
import { kindWord, stageWord, statusWord } from '../desktop/customers/words'
import { dateOf, day, money, type Language } from '../format/format'
import type { Key } from '../i18n/zh'

/** The fields that a list of customers may show beside the name, in the order of the chooser. */
export const columns = [
  'number', 'kind', 'level', 'status', 'stage', 'channel', 'owner', 'team', 'district', 'address', 'contact', 'phone',
  'tags', 'visit_count', 'last_visit_day', 'due_on', 'overdue_days', 'last_order_at', 'last_sale_at',
  'open_receivable_cents', 'created_at', 'updated_at',
] as const

export type Column = (typeof columns)[number]

/** What a table shows when nobody chose. */
export const usualColumns: Column[] = ['number', 'kind', 'level', 'owner', 'phone', 'last_visit_day', 'overdue_days']

const words: Partial<Record<Column, Key>> = {
  kind: 'customer.kind', level: 'customer.level', status: 'customer.status', owner: 'customer.owner', team: 'customer.team',
  address: 'customer.address', contact: 'archive.contact', phone: 'customer.phone', last_visit_day: 'customer.lastVisit',
  due_on: 'customer.dueOn', last_order_at: 'customer.lastOrder', open_receivable_cents: 'customer.receivable',
}

/** The heading of a column. */
export const columnWord = (c: Column): Key => words[c] ?? (`crm.col.${c}` as Key)

/** How a column sorts, when the server knows an order by it: up, then down. */
export const orders: Partial<Record<Column | 'name', [string, string]>> = {
  name: ['name', '-name'], number: ['number', '-number'], last_visit_day: ['last_visit_at', '-last_visit_at'],
  overdue_days: ['overdue_days', '-overdue_days'], open_receivable_cents: ['open_receivable_cents', '-open_receivable_cents'],
  updated_at: ['updated_at', '-updated_at'],
}

/** Columns whose values are figures. */
export const figures: ReadonlySet<Column> = new Set<Column>(['visit_count', 'overdue_days', 'open_receivable_cents'])

/** Reads the columns of an address or a view; unknown ones are left out. */
export function readColumns(list: string | readonly string[] | null | undefined): Column[] {
  const named = typeof list === 'string' ? list.split(',') : (list ?? [])
  return named.filter((c): c is Column => columns.some((k) => k === c))
}

interface Reader {
  lookup: (key: string) => string | undefined
  language: Language
  zone: string
}

/** One field of a customer as a person reads it; empty for none. */
export function cell(c: Customer, column: Column, { lookup, language, zone }: Reader): string {
  const at = (v: string | null) => (v ? day(dateOf(v, zone), language) : '')
  switch (column) {
    case 'kind': return kindWord(c.kind, lookup)
    case 'status': return statusWord(c.status, lookup)
    case 'stage': return stageWord(c.stage, lookup)
    case 'channel': return lookup(`channel.${c.channel}`) ?? c.channel
    case 'owner': return c.owner_name
    case 'team': return c.team_name
    case 'tags': return (c.tags ?? []).join(', ')
    case 'last_visit_day':
    case 'due_on': return c[column] ? day(c[column], language) : ''
    case 'last_order_at':
    case 'last_sale_at':
    case 'created_at':
    case 'updated_at': return at(c[column])
    case 'open_receivable_cents': return money(c.open_receivable_cents)
    case 'overdue_days': return c.overdue_days > 0 ? String(c.overdue_days) : ''
    default: return String(c[column] ?? '')
  }
}
