import { useState } from 'react'
import { MapPinCheck } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { get } from '../api/client'
import type { components } from '../api/schema'
import type { Visit } from '../api/types'
import { useMayDecide, useVerdict, type usePendingVisits, type Verdict } from '../api/work'
import { clock, day, distance, duration } from '../format/format'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Failure, Sheet } from './bits'
import { useToast } from './toast'

type Photo = components['schemas']['Photo']

/** The visits of the team that count only when somebody says yes: sent late, or made outside the fence. */
export function PendingVisits({ pending }: { pending: ReturnType<typeof usePendingVisits> }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const [open, setOpen] = useState<number | null>(null)
  const { list, visits, total } = pending
  const shown = visits.find((v) => v.id === open)
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />
  if (visits.length === 0) return null
  return (
    <section aria-label={t('work.waiting', { n: total })}>
      <h2 className="pending-head">{t('work.waiting', { n: total })}</h2>
      <ul className="people">
        {visits.map((v) => (
          <li key={v.id}>
            <button type="button" className="approval-line" onClick={() => setOpen(v.id)}>
              <MapPinCheck size={22} aria-hidden />
              <span className="people-main">
                <b>{v.customer_name}</b>
                <small>{v.person_name} · {day(v.date, language)} {clock(v.check_in_at, me.timezone)}</small>
              </span>
              <Why visit={v} />
            </button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void list.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
      {shown && <OpenVisit visit={shown} onClose={() => setOpen(null)} />}
    </section>
  )
}

function Why({ visit: v }: { visit: Visit }) {
  const { t } = useSpeech()
  return (
    <span className="approval-mark" data-state="open">
      {[v.late && t('work.late'), v.outside && t('field.doubt.outside')].filter(Boolean).join(' · ')}
    </span>
  )
}

function OpenVisit({ visit: v, onClose }: { visit: Visit; onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const photos = useQuery({
    queryKey: ['visits', 'photos', v.id], queryFn: () => get<Photo[]>(`/v1/visits/${v.id}/photos`),
  })
  const facts = [
    v.address,
    v.outside && v.distance_m !== null && t('work.outside', { distance: distance(v.distance_m) }),
    v.late && t('work.late'),
    v.reason && `${t('phone.reason')}: ${v.reason}`,
    v.person_met && `${t('field.personMet')}: ${v.person_met}`,
    v.notes,
    v.truth !== null && `${t('work.truth')}: ${v.truth}`,
    v.doubts?.map((d) => lookup(`field.doubt.${d}`) ?? d).join(' · '),
  ].filter(Boolean)
  return (
    <Sheet title={v.customer_name} onClose={onClose}>
      <div className="approval-sheet">
        <p>
          {v.person_name} · {day(v.date, language)} {clock(v.check_in_at, me.timezone)}
          {v.check_out_at && ` – ${clock(v.check_out_at, me.timezone)} · ${duration(v.on_site_s)}`}
        </p>
        {facts.map((f, i) => <p key={i}>{f}</p>)}
        <div className="pending-photos">
          {photos.data?.filter((p) => p.url).map((p) => (
            <a key={p.id} href={p.url} target="_blank" rel="noreferrer"><img src={p.url} alt={(p.stamp ?? []).join(', ')} loading="lazy" /></a>
          ))}
        </div>
        <Decide visit={v} onDone={onClose} />
      </div>
    </Sheet>
  )
}

function Decide({ visit: v, onDone }: { visit: Visit; onDone: () => void }) {
  const { t, lookup, language } = useSpeech()
  const say = useToast()
  const [reason, setReason] = useState('')
  const [needed, setNeeded] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const { busy, decide } = useVerdict(v.id)
  if (!useMayDecide(v)) return <p className="quiet">{t('work.notOwn')}</p>
  const run = async (verdict: Verdict) => {
    setProblem(null)
    try {
      await decide(verdict, reason.trim())
      say(t(`work.did.${verdict}`, { name: v.customer_name }))
      onDone()
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <div className="sheet-form">
      <textarea rows={2} maxLength={500} value={reason} placeholder={t('approval.comment')}
        aria-label={t('approval.comment')} onChange={(e) => setReason(e.target.value)} />
      {needed && !reason.trim() && <p role="alert">{t('approval.sayWhy')}</p>}
      {problem !== null && <p role="alert" className="late">{sentence(problem, lookup, language)}</p>}
      <div className="approval-buttons">
        <button type="button" className="button primary" disabled={busy}
          onClick={() => void run('approve')}>{t('approval.approve')}</button>
        <button type="button" className="button" disabled={busy} onClick={() => {
          setNeeded(true)
          if (reason.trim()) void run('reject')
        }}>{t('approval.reject')}</button>
      </div>
    </div>
  )
}
