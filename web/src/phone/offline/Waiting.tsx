import { useEffect, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError, get, keptAnswers, signedIn } from '../../api/client'
import { readAgain } from '../../api/stale'
import { clock, money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { useOnline } from '../../session/online'
import { Sheet } from '../bits'
import { again, discard, flush, sentElsewhere, showOutbox, unsent, useOutbox, type Action } from './outbox'

/** What changes where a visit, an order or a collection has arrived. */
const touched = ['day', 'visits', 'customer', 'customers', 'due', 'warnings', 'orders', 'money']

/** Says what waits, sends it as soon as it can, and shows what was refused. */
export function WaitingStrip() {
  const { t } = useSpeech()
  const { me } = useSession()
  const online = useOnline()
  const client = useQueryClient()
  const all = useOutbox()
  const waiting = unsent(all, me.id)
  const [open, setOpen] = useState(false)
  const refused = waiting.filter((a) => a.refused)
  const ready = waiting.length - refused.length
  const unread = all.some((a) => a.sent && a.person === me.id)
  useEffect(() => {
    const heard = (e: Event) => {
      e.preventDefault()
      void readAgain(client, touched).finally(showOutbox)
    }
    addEventListener(sentElsewhere, heard)
    return () => removeEventListener(sentElsewhere, heard)
  }, [client])
  useEffect(() => {
    if (ready === 0 && !unread) return
    const read = async (sent: readonly Action[]) => {
      const before = keptAnswers()
      await readAgain(client, touched)
      // What was kept for later must not offer again what is collected.
      if (sent.some((a) => a.kind === 'collect')) await get('/v1/unpaid', { route: me.business_day })
      const day = client.getQueryState(['day', me.id, me.business_day])
      if (keptAnswers() > before) return false // the network is gone: that is how it was before
      return !day || (day.status === 'success' && !day.isInvalidated)
    }
    const go = () => void flush(me.id, read).catch(() => undefined)
    if (online) go()
    const timer = setInterval(go, 15_000)
    addEventListener(signedIn, go)
    return () => {
      clearInterval(timer)
      removeEventListener(signedIn, go)
    }
  }, [ready, unread, online, me.id, me.business_day, client])
  if (online && waiting.length === 0) return null
  const words = refused.length > 0
    ? t('field.refused', { n: refused.length })
    : waiting.length > 0 ? t('field.waiting', { n: waiting.length }) : t('state.offline')
  return (
    <>
      <button type="button" className="strip" data-refused={refused.length > 0} disabled={waiting.length === 0}
        onClick={() => setOpen(true)}>
        <span role="status">{!online && waiting.length > 0 ? `${t('field.noNetwork')} · ${words}` : words}</span>
      </button>
      {open && waiting.length > 0 && (
        <Sheet title={t('field.outbox')} onClose={() => setOpen(false)}>
          <p>{t('field.outboxHint')}</p>
          <ul className="outbox">{waiting.map((a) => <Line key={a.id} action={a} />)}</ul>
        </Sheet>
      )}
    </>
  )
}

function Line({ action }: { action: Action }) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const [reason, setReason] = useState('')
  const far = action.refused?.code === 'visits.too_far'
  const met = action.refused ?? action.fault
  const why = met && new ApiError(action.refused?.status ?? 500, met)
  return (
    <li data-refused={Boolean(action.refused)}>
      <b>{t(`field.do.${action.kind}`)} · {action.name}</b>
      <small className="num">{clock(action.at, me.timezone)}{action.cents !== undefined && ` · ${money(action.cents)}`}</small>
      {why && (
        <>
          <p>{sentence(why, lookup, language)}{action.fault && ` (${action.fault.incident})`}</p>
          {far && (
            <label>{t('phone.reason')}
              <textarea rows={2} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />
            </label>
          )}
          <div className="outbox-do">
            <button type="button" className="button" disabled={far && !reason.trim()}
              onClick={() => void again(action, reason.trim())}>{t('do.retry')}</button>
            <button type="button" className="button" onClick={() => {
              if (confirm(t('field.discardSure', { name: action.name }))) void discard(action)
            }}>{t('field.discard')}</button>
          </div>
        </>
      )}
    </li>
  )
}
