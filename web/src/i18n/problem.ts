import { ApiError } from '../api/client'
import type { Language } from '../format/format'
import { distance } from '../format/format'
import { columns, faults } from './refusals'

type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/**
 * A refusal in the reader's language: by its code where the catalogue has it, else in
 * the server's own English sentence, else by its status.
 */
export function sentence(error: unknown, lookup: Lookup, language: Language): string {
  const fallback = lookup('problem.unknown') ?? ''
  if (!(error instanceof ApiError)) return fallback
  const args: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(error.args)) {
    if (typeof value === 'number') args[name] = name.endsWith('_m') ? distance(value) : value
    else if (typeof value === 'string') args[name] = value
  }
  const own = lookup(`problem.${error.code}`, args)
  if (own) return own
  if (language === 'en' && error.detail) return error.detail
  return lookup(`problem.status.${error.status}`) ?? (error.detail || fallback)
}

type FieldFault = ApiError['fields'][number]

/** What is wrong with one field: English readers get the server's own sentence. */
export function fieldFault(fault: FieldFault, language: Language): string {
  if (language === 'en') return fault.message
  const name = fault.field.split(/[.:[\]]\s*/).filter(Boolean).at(-1)?.toLowerCase() ?? ''
  return faults[`${name}.${fault.code}`] ?? faults[fault.code] ?? fault.message
}

/** The place of a fault in a table of people, as "3: Login", with the heading of the template. */
export function faultPlace(field: string, language: Language): string {
  if (language === 'en') return field
  return field.replace(/[A-Za-z][A-Za-z ]*$/, (name) => columns[name.toLowerCase()] ?? name)
}
