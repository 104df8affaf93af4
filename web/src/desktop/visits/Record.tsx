import { App, Button } from 'antd'
import { Ban, Check, X } from 'lucide-react'
import type { Visit } from '../../api/types'
import { useMayDecide, useVerdict, type Verdict } from '../../api/work'
import { clock, day, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { useReason } from '../useReason'
import { Detail } from './Detail'

/** One visit of the list; opened, its proof and what may be decided. */
export function Record({ visit: v, open, onOpen }: { visit: Visit; open: boolean; onOpen: () => void }) {
  const { t, language, lookup } = useSpeech()
  const { me } = useSession()
  const stage = useStage()
  const place = v.check_in.position as [number, number] | null
  return (
    <li data-active={open} className="field-record">
      <button type="button" className="due-main" aria-expanded={open} onClick={() => {
        onOpen()
        if (!open && place && stage) showPlace(stage.map, place, 15)
      }}>
        <span className="row-title">
          {v.customer_name}
          {v.kind === 'inspection' && <span className="field-kind">{t('work.inspection')}</span>}
        </span>
        <span className="row-sub">
          {v.person_name} · {day(v.date, language)} {clock(v.check_in_at, me.timezone)}
          {v.check_out_at && ` · ${duration(v.on_site_s)}`} · {lookup(`field.state.${v.state}`)}
        </span>
      </button>
      {v.truth !== null && (
        <span className={v.truth < 60 ? 'overdue num' : 'num'} title={t('field.truth')}>{v.truth}</span>
      )}
      {open && (
        <div className="field-open">
          <Detail visit={v} />
          <Verdicts visit={v} />
        </div>
      )}
    </li>
  )
}

/** What the manager decides: yes or no to a visit that waits, and that a valid one does not count. */
function Verdicts({ visit: v }: { visit: Visit }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const may = useMayDecide(v)
  const why = useReason()
  const { busy, decide } = useVerdict(v.id)
  if (!may || (v.state !== 'pending' && v.state !== 'valid')) return null
  const run = async (verdict: Verdict, reason: string) => {
    try {
      await decide(verdict, reason)
      void message.success(t(`work.did.${verdict}`, { name: v.customer_name }))
    } catch (error) {
      void message.error(sentence(error, lookup, language))
      if (verdict !== 'approve') throw error // the question stays, with its words
    }
  }
  const ask = (verdict: 'reject' | 'void') => why({
    title: t(`work.sure.${verdict}`, { name: v.customer_name }), words: t('work.why'),
    ok: t(`work.${verdict}`), danger: true, onOk: (reason) => run(verdict, reason),
  })
  if (v.state === 'valid') {
    return (
      <div className="card-actions">
        <Button size="small" danger icon={<Ban size={14} aria-hidden />} loading={busy} onClick={() => ask('void')}>{t('work.void')}</Button>
      </div>
    )
  }
  return (
    <div className="card-actions">
      <Button size="small" type="primary" icon={<Check size={14} aria-hidden />} loading={busy}
        onClick={() => void run('approve', '')}>{t('approval.approve')}</Button>
      <Button size="small" danger icon={<X size={14} aria-hidden />} disabled={busy}
        onClick={() => ask('reject')}>{t('approval.reject')}</Button>
    </div>
  )
}
