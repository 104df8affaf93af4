import type { Violation } from '../../api/types'
import { duration } from '../../format/format'

type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/** A broken rule in words, with by how much. */
export function violationWords(v: Violation, lookup: Lookup): string {
  const args = { by: duration(v.by_s) }
  return lookup(`violation.${v.code}`, args) ?? lookup('violation.other', args) ?? v.code
}
