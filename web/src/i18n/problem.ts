import { ApiError } from '../api/client'
import type { Language } from '../format/format'
import { distance } from '../format/format'
import { refusals } from './refusals'

type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/**
 * A refusal in the reader's language: by its code where the catalogue has it, else in the
 * server's own sentence or that sentence in Chinese, else by its status.
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
  const said = language === 'en' ? error.detail : refusals[error.code]
  if (said) return said
  return lookup(`problem.status.${error.status}`) ?? (error.detail || fallback)
}
