import { useState } from 'react'
import { App, Button, Select } from 'antd'
import { CalendarPlus, CircleCheck } from 'lucide-react'
import { useLocation } from 'wouter'
import {
  byOwner, customerWords, cycleOff, cycleWords, idleWords, isOfCustomers, ofCustomers, ofPeople, useCycles, useIdle,
  useOverdue, usePlanned, useWarningCounts, type CustomerKind, type Cycle, type Overdue, type PersonKind, type Shown,
} from '../../api/warnings'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useStage } from '../../map/context'
import { showPlace } from '../../map/camera'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'

/** Who waits too long: customers and salespeople, kind by kind, and who is visited off the cycle. */
export default function WarningsPage() {
  const { t } = useSpeech()
  const [kind, setKind] = useState<Shown>('customer_visit')
  const { counts, of } = useWarningCounts(t)
  const option = (k: Exclude<Shown, 'cycle'>) => ({ value: k, label: `${t(`field.warn.${k}`)} · ${of(k)}` })
  return (
    <Panel title={t('field.warnings')} label={t('field.warnings')}>
      <div className="field-tools">
        <Select<Shown> value={kind} onChange={setKind} aria-label={t('field.warn.kind')} style={{ width: '100%' }}
          options={[...[...ofCustomers, ...ofPeople].map(option), { value: 'cycle', label: t('field.warn.cycle') }]} />
      </div>
      {counts.isError && <Trouble error={counts.error} retry={() => void counts.refetch()} />}
      {kind === 'cycle' ? <Cycles /> : isOfCustomers(kind) ? <Customers kind={kind} /> : <People kind={kind} />}
    </Panel>
  )
}

function Customers({ kind }: { kind: CustomerKind }) {
  const { t } = useSpeech()
  const pages = useOverdue(kind)
  if (pages.isPending) return <Waiting />
  if (pages.isError) return <Trouble error={pages.error} retry={() => void pages.refetch()} />
  const all = pages.data.pages.flatMap((p) => p.items ?? [])
  if (all.length === 0) {
    return <Nothing icon={<CircleCheck size={26} />} title={t('field.warn.none')}>{t('field.warn.noneHint')}</Nothing>
  }
  return (
    <div className="field-scroll">
      <ul className="due">{all.map((c) => <Line key={c.customer_id} kind={kind} row={c} />)}</ul>
      {pages.hasNextPage && <Button block onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</Button>}
    </div>
  )
}

function Line({ kind, row }: { kind: CustomerKind; row: Overdue }) {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const { message } = App.useApp()
  const stage = useStage()
  const [, go] = useLocation()
  const { busy, plan } = usePlanned(me)
  const add = () => plan(row).then(
    () => void message.success(t('field.warn.planned')),
    (error: unknown) => void message.error(sentence(error, lookup, language)))
  const place = row.position as [number, number] | null
  const show = () => {
    if (place && stage) showPlace(stage.map, place, 14)
    else go(`/map?customer=${row.customer_id}`)
  }
  return (
    <li>
      <button type="button" className="due-main" onClick={show}>
        <span className="row-title">{row.name}</span>
        <span className="row-sub">
          {row.owner_name || t('customer.nobody')} · {customerWords(kind, row, me.timezone, t, language)}
        </span>
      </button>
      <span className="overdue num">{t('due.days', { n: row.overdue_days })}</span>
      {may('days.write') && row.owner_id && (
        <button type="button" className="icon-button" disabled={busy || row.planned} onClick={() => void add()}
          aria-label={t('due.addOf', { name: row.name })} title={row.planned ? t('field.warn.onPlan') : t('field.warn.plan')}>
          {row.planned ? <CircleCheck size={17} aria-hidden /> : <CalendarPlus size={17} aria-hidden />}
        </button>
      )}
    </li>
  )
}

/** Every salesperson beside the mean of all. */
function People({ kind }: { kind: PersonKind }) {
  const { t, language } = useSpeech()
  const list = useIdle(kind)
  if (list.isPending) return <Waiting />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  if (list.data.length === 0) return <Nothing icon={<CircleCheck size={26} />} title={t('field.warn.none')} />
  return (
    <div className="field-scroll">
      <ul className="due">
        {list.data.map((p) => (
          <li key={p.person_id}>
            <div className="due-main">
              <span className="row-title">{p.name}</span>
              {idleWords(kind, p, t, language).map((line) => <span key={line} className="row-sub">{line}</span>)}
            </div>
            <span className={p.overdue_days > 0 ? 'overdue num' : 'num'}>{t('field.warn.idle', { n: p.days.value })}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Customers that are visited off their cycle, by salesperson. */
function Cycles() {
  const { t } = useSpeech()
  const list = useCycles()
  if (list.isPending) return <Waiting />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  if (list.data.length === 0) return <Nothing icon={<CircleCheck size={26} />} title={t('field.chart.noCycle')} />
  return (
    <div className="field-scroll">
      {byOwner(list.data).map((o) => (
        <section key={o.owner} className="due-owner">
          <h2>{o.name || t('customer.nobody')}</h2>
          <ul className="due">{o.rows.map((c) => <Off key={c.customer_id} row={c} />)}</ul>
        </section>
      ))}
    </div>
  )
}

function Off({ row }: { row: Cycle }) {
  const { t } = useSpeech()
  const [, go] = useLocation()
  return (
    <li>
      <button type="button" className="due-main" onClick={() => go(`/map?customer=${row.customer_id}`)}>
        <span className="row-title">{row.name}</span>
        <span className="row-sub">{cycleWords(row, t)}</span>
      </button>
      <span className="num">{cycleOff(row)}</span>
    </li>
  )
}
