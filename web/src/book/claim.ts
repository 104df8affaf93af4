import { useRef } from 'react'
import { useFormsOnly } from '../api/archive'
import { ApiError, commandKey, post } from '../api/client'
import type { Customer } from '../api/types'
import type { Key } from '../i18n/zh'

/**
 * Claims a customer of the pool, or asks for it where the archive changes by requests
 * only; the word says which. A claim that got no answer keeps its key.
 */
export function useClaim() {
  const closed = useFormsOnly()
  const keys = useRef(new Map<number, string>())
  return async (c: Customer): Promise<Key> => {
    const key = keys.current.get(c.id) ?? commandKey()
    keys.current.delete(c.id)
    try {
      if (!closed && await claimed(c.id, key)) return 'pool.claimed'
      const asked = await post<{ state: string }>('/v1/approvals',
        { kind: 'customer.claim', payload: { customer_id: c.id } }, { key })
      return asked.state === 'open' ? 'book.sent' : 'pool.claimed'
    } catch (error) {
      if (error instanceof ApiError && error.status === 0) keys.current.set(c.id, key)
      throw error
    }
  }
}

// claimed is false when the archive is closed by now, or the page did not know yet.
async function claimed(customer: number, key: string) {
  try {
    await post(`/v1/pool/${customer}/claim`, {}, { key })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.code === 'crm.form_needed') return false
    throw error
  }
}
