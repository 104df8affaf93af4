import { useEffect, useState } from 'react'
import { revoked, signedIn } from '../../api/client'
import { forgetAnswers } from '../../session/kept'
import { forgetAll } from './outbox'

/** Deletes what the device keeps of its people: answers, and what was not sent. */
async function wipe() {
  await Promise.allSettled([forgetAnswers(), forgetAll()])
}

/**
 * Wipes the device when the server says that it was revoked. The round grows with each
 * time: what is rendered under it as its key begins anew, with nothing left in memory.
 */
export function useRevoked(): { told: boolean; round: number } {
  const [state, set] = useState({ told: false, round: 0 })
  useEffect(() => {
    const begin = () => void wipe().then(() =>
      set((s) => (s.told ? s : { told: true, round: s.round + 1 })))
    const end = () => set((s) => ({ ...s, told: false }))
    addEventListener(revoked, begin)
    addEventListener(signedIn, end)
    return () => {
      removeEventListener(revoked, begin)
      removeEventListener(signedIn, end)
    }
  }, [])
  return state
}
