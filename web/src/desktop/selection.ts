import { useCallback } from 'react'
import { useUrl } from './url'

/** The customer whose card is open; part of the address. */
export function useSelection() {
  const { params, set } = useUrl()
  const id = Number(params.get('customer'))
  const select = useCallback((next: number | null) => set({ customer: next }), [set])
  return { selected: Number.isInteger(id) && id > 0 ? id : null, select }
}
