import { useMemo } from 'react'
import type { Query } from '../../api/client'
import { colourings } from '../../map/customers'
import { useSession } from '../../session/session'
import { useUrl } from '../url'

/** The one filter of list, count, map and export; it lives in the address. */
export const filterNames = [
  'q', 'owner', 'team', 'kind', 'level', 'status', 'due', 'located', 'polygon',
  'shared_to', 'shared_by', 'stage', 'channel', 'district', 'created_from', 'created_to', 'tag', 'ids',
  'visited_from', 'visited_to', 'unvisited_since', 'ordered_from', 'ordered_to', 'unordered_since',
  'owes_from', 'owes_to', 'mark', 'area',
] as const

export type FilterName = (typeof filterNames)[number]

/** How the list may be sorted. */
export const sorts = ['name', '-overdue_days', 'last_visit_at', '-open_receivable_cents'] as const

/** The colourings that the person may choose. */
export function useColourings() {
  const { may } = useSession()
  return colourings.filter((c) => c !== 'warning' || may('warnings.read'))
}

/** The filter of the address, with a stable identity while it stays the same. */
export function useFilter() {
  const { params, set } = useUrl()
  const key = filterNames.map((n) => params.get(n) ?? '').join('\u0000')
  const filter = useMemo<Query>(() => {
    const values = key.split('\u0000')
    const out: Query = {}
    filterNames.forEach((name, i) => {
      if (values[i]) out[name] = values[i]
    })
    return out
  }, [key])
  const by = params.get('by')
  const offered = useColourings()
  return {
    filter,
    set,
    value: (name: FilterName) => params.get(name) ?? '',
    list: (name: FilterName) => (params.get(name) ?? '').split(',').filter(Boolean),
    sort: params.get('sort') ?? 'name',
    by: offered.find((c) => c === by) ?? 'owner',
    clear: () => set(Object.fromEntries(filterNames.map((n) => [n, null]))),
    active: Object.keys(filter).length,
  }
}
