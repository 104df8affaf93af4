import { useEffect, useRef } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post } from '../api/client'
import type { Duty, Fix } from '../api/types'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useConsent } from './Located'
import { follow, measuredAt } from './locate'
import { useToast } from './toast'

const sendEvery = 20_000 // ms between batches of fixes

const useDuty = (wanted = true) =>
  useQuery({ queryKey: ['duty'], queryFn: () => get<Duty>('/v1/duty'), retry: false, enabled: wanted })

/** On duty or off: positions are recorded in between, and at no other time. */
export function DutySwitch() {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const say = useToast()
  const duty = useDuty()
  const on = duty.data?.on ?? false
  const located = useConsent().data?.given ?? false
  if (!duty.data) return null
  const punch = async () => {
    try {
      const now = await post<Duty>('/v1/duty', { on: !on })
      await client.cancelQueries({ queryKey: ['duty'] }) // what was asked before says what was
      client.setQueryData(['duty'], now)
      say(on ? t('duty.nowOff') : t('duty.nowOn'))
    } catch (error) {
      say(sentence(error, lookup, language))
    }
  }
  return (
    <button type="button" className="duty" role="switch" aria-checked={on} onClick={() => void punch()}>
      <i aria-hidden /> {!on ? t('duty.off') : located ? t('locate.on') : t('locate.off')}
    </button>
  )
}

/**
 * Sends where the phone goes while its owner is on duty and agrees to it, and the page is
 * open, whichever of its screens is shown.
 */
export function useReporting(sells: boolean) {
  const duty = useDuty(sells)
  const consent = useConsent(sells)
  const on = sells && (duty.data?.on ?? false) && (consent.data?.given ?? false)
  const waiting = useRef<Fix[]>([])
  useEffect(() => {
    if (!on || !isSecureContext || !('geolocation' in navigator)) return
    const leave = follow((p) => waiting.current.push({
      position: [p.coords.longitude, p.coords.latitude],
      accuracy_m: p.coords.accuracy,
      at: measuredAt(p.timestamp),
    }))
    const timer = setInterval(() => {
      const fixes = waiting.current.splice(0, 500)
      if (fixes.length === 0) return
      post('/v1/positions', { fixes, sent_at: new Date().toISOString() })
        .catch(() => waiting.current.unshift(...fixes.slice(-400)))
    }, sendEvery)
    return () => {
      leave()
      clearInterval(timer)
    }
  }, [on])
}
