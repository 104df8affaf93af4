import { useState } from 'react'
import { ChevronLeft, ClipboardList } from 'lucide-react'
import { Link } from 'wouter'
import { useDays } from '../api/queries'
import { sumOf, useWorkRows, type WorkRow } from '../api/work'
import { addDays, count, distance, duration } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Figure } from './MyNumbers'
import { Blank, Face, Failure, Loading } from './bits'
import './mine.css'

/** The team's day and work in the hand: how far the plans are, who did how much. */
export default function TeamWork() {
  const { t } = useSpeech()
  const { me } = useSession()
  const [span, setSpan] = useState(1)
  const { work, rows, counting } = useWorkRows(addDays(me.business_day, 1 - span))
  const days = useDays(me.business_day)
  const sum = sumOf(rows)
  const stops = days.data?.reduce((n, d) => n + d.stops, 0) ?? 0
  const done = days.data?.reduce((n, d) => n + d.done, 0) ?? 0
  const failed = [work, days].find((q) => q.isError)
  const most = Math.max(1, ...rows.map((r) => r.records))
  return (
    <>
      <header className="top mine-top">
        <Link href="/team" className="round" aria-label={t('phone.team')}><ChevronLeft size={24} aria-hidden /></Link>
        <div><h1>{t('work.team')}</h1>{days.data && <p>{t('work.covered', { done, of: stops })}</p>}</div>
      </header>
      <div className="chips" role="group" aria-label={t('work.period')}>
        {[1, 7, 30].map((n) => (
          <button key={n} type="button" className="chip" aria-pressed={n === span} onClick={() => setSpan(n)}>
            {n === 1 ? t('field.today') : t('field.days', { n })}
          </button>
        ))}
      </div>
      {failed && <Failure error={failed.error} retry={() => void failed.refetch()} />}
      {work.isPending && <Loading />}
      {work.data && rows.length === 0 && (
        <Blank icon={<ClipboardList size={30} />} title={t('field.noVisits')}><p>{t('field.noVisitsHint')}</p></Blank>
      )}
      {work.data && rows.length > 0 && (
        <>
          <section className="mine-figures">
            <Figure value={count(sum.records)} word={t('field.recordsN')} />
            <Figure value={duration(sum.onSite)} word={t('field.onSite')} />
            <Figure value={sum.road === null ? (counting ? '…' : '–') : duration(sum.road)} word={t('work.road')} />
          </section>
          <ul className="people">
            {rows.map((r) => <Line key={r.person_id} row={r} most={most} counting={counting} />)}
          </ul>
          <p className="work-hint">{t('field.customersHint')} {t('work.roadHint')}</p>
        </>
      )}
    </>
  )
}

function Line({ row: r, most, counting }: { row: WorkRow; most: number; counting: boolean }) {
  const { t } = useSpeech()
  const road = r.road_s === null ? (counting ? '…' : '–') : duration(r.road_s)
  return (
    <li className="work-line">
      <Face name={r.name} index={r.person?.color_index} />
      <div className="work-main">
        <b>{r.name}{!r.active && <small> · {t('work.left')}</small>}</b>
        <i className="work-bar" style={{ width: `${Math.round((r.records / most) * 100)}%` }} aria-hidden />
        <small className="num work-facts">
          <span>{t('work.line', { records: r.records, customers: r.customers })}</span>
          <span>{t('field.onSite')} {duration(r.on_site_s)}</span>
          <span>{t('work.road')} {road}{r.road_m ? ` · ${distance(r.road_m)}` : ''}</span>
        </small>
        {r.inspections > 0 && <small>{t('work.inspections', { n: r.inspections, time: duration(r.inspected_s) })}</small>}
        {(r.road_silent_s ?? 0) >= 60 && <small>{t('work.silent', { time: duration(r.road_silent_s ?? 0) })}</small>}
      </div>
    </li>
  )
}
