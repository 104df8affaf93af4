import { useState } from 'react'
import { App, Button, Select } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { CalendarPlus, CircleCheck } from 'lucide-react'
import { get } from '../../api/client'
import type { components } from '../../api/schema'
import {
  ofCustomers, useOverdue, usePlanned, useWarningCounts, type CustomerKind, type Overdue,
} from '../../api/warnings'
import { dateOf, day, money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useStage } from '../../map/context'
import { showPlace } from '../../map/camera'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'

type Beside = components['schemas']['WarningsPerson']

const ofPeople = ['person_visit', 'person_order', 'person_sale'] as const
type Kind = CustomerKind | (typeof ofPeople)[number]
const isOfCustomers = (k: Kind): k is CustomerKind => (ofCustomers as readonly string[]).includes(k)

/** Who waits too long: customers and salespeople, kind by kind, each with its owner and its last event. */
export default function WarningsPage() {
  const { t } = useSpeech()
  const [kind, setKind] = useState<Kind>('customer_visit')
  const counts = useWarningCounts()
  const of = (k: Kind) => counts.data?.find((c) => c.kind === k)
  const number = (k: Kind) => {
    const c = of(k)
    if (!c) return '…'
    return c.enabled ? `${c.count}${c.more ? '+' : ''}` : t('field.warn.off')
  }
  const option = (k: Kind) => ({ value: k, label: `${t(`field.warn.${k}`)} · ${number(k)}` })
  return (
    <Panel title={t('field.warnings')} label={t('field.warnings')}>
      <div className="field-tools">
        <Select<Kind> value={kind} onChange={setKind} aria-label={t('field.warn.kind')} style={{ width: '100%' }}
          options={[...ofCustomers, ...ofPeople].map(option)} />
      </div>
      {counts.isError && <Trouble error={counts.error} retry={() => void counts.refetch()} />}
      {isOfCustomers(kind) ? <Customers kind={kind} /> : <People kind={kind} />}
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
      <ul className="due">{all.map((c) => <Line key={c.customer_id} row={c} />)}</ul>
      {pages.hasNextPage && <Button block onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</Button>}
    </div>
  )
}

function Line({ row }: { row: Overdue }) {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const { message } = App.useApp()
  const stage = useStage()
  const { busy, plan } = usePlanned(me.business_day)
  const add = () => plan(row).then(
    () => void message.success(t('field.warn.planned')),
    (error: unknown) => void message.error(sentence(error, lookup, language)))
  const place = row.position as [number, number] | null
  return (
    <li>
      <button type="button" className="due-main" disabled={!place}
        onClick={() => place && stage && showPlace(stage.map, place, 14)}>
        <span className="row-title">{row.name}</span>
        <span className="row-sub">
          {row.owner_name || t('customer.nobody')} ·{' '}
          {row.last_event_at
            ? t('due.last', { day: day(dateOf(row.last_event_at, me.timezone), language) }) : t('due.never')}
          {row.open_receivable_cents !== 0 && ` · ${t('field.warn.owes', { amount: money(row.open_receivable_cents) })}`}
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

function People({ kind }: { kind: (typeof ofPeople)[number] }) {
  const { t, language } = useSpeech()
  const list = useQuery({
    queryKey: ['warnings', kind],
    queryFn: () => get<Beside[]>(`/v1/warnings/people/${kind}`),
  })
  if (list.isPending) return <Waiting />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  if (list.data.length === 0) return <Nothing icon={<CircleCheck size={26} />} title={t('field.warn.none')} />
  return (
    <div className="field-scroll">
      <table className="field-table">
        <thead>
          <tr>
            <th>{t('field.person')}</th><th>{t('field.warn.last')}</th>
            <th className="num">{t('field.warn.days')}</th><th className="num">{t('field.warn.mean')}</th>
          </tr>
        </thead>
        <tbody>
          {list.data.map((p) => (
            <tr key={p.person_id}>
              <td>{p.name}</td>
              <td>{p.last_day ? day(p.last_day, language) : t('due.never')}</td>
              <td className="num">
                <span className={p.overdue_days > 0 ? 'overdue' : undefined}>{p.days.value}</span>
              </td>
              <td className="num">{p.days.delta > 0 ? '+' : ''}{p.days.delta.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
