import { useState } from 'react'
import { App } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'

/**
 * Runs commands of a screen: says what went wrong, reads again what they touch, and
 * holds back one that needs the password first.
 */
export function useCommand(...stale: string[]) {
  const { lookup, language } = useSpeech()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const [held, setHeld] = useState<(() => Promise<unknown>) | null>(null)
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true)
    setHeld(null)
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof ApiError && error.code.endsWith('.proof_needed')) setHeld(() => work)
      else void message.error(sentence(error, lookup, language))
      return false
    } finally {
      setBusy(false)
      for (const key of stale) void client.invalidateQueries({ queryKey: [key] })
    }
  }
  return { run, busy, needsProof: held !== null, goOn: () => held && void run(held) }
}
