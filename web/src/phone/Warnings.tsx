import { useState } from 'react'
import { CalendarPlus, CircleCheck } from 'lucide-react'
import { Link } from 'wouter'
import {
  byOwner, customerWords, cycleOff, cycleWords, idleWords, isOfCustomers, ofCustomers, ofPeople, useCycles, useIdle,
  useOverdue, usePlanned, useWarningCounts, type CustomerKind, type Overdue, type PersonKind, type Shown,
} from '../api/warnings'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { useToast } from './toast'

/** Who waits too long, kind by kind: the lists of the desk, for one thumb. */
export function Warnings() {
  const { t } = useSpeech()
  const [kind, setKind] = useState<Shown>('customer_visit')
  const { counts, of } = useWarningCounts(t)
  const off = (k: PersonKind) => counts.data?.find((c) => c.kind === k)?.enabled === false
  const kinds: readonly Shown[] = [...ofCustomers, ...ofPeople.filter((k) => !off(k)), 'cycle']
  return (
    <section aria-label={t('field.warnings')}>
      <div className="chips" role="group" aria-label={t('field.warn.kind')}>
        {kinds.map((k) => (
          <button key={k} type="button" className="chip" aria-pressed={k === kind} onClick={() => setKind(k)}>
            {t(`field.warn.short.${k}`)} {k !== 'cycle' && <b className="num">{of(k)}</b>}
          </button>
        ))}
      </div>
      {kind === 'cycle' ? <Cycles /> : isOfCustomers(kind) ? <Customers kind={kind} /> : <People kind={kind} />}
    </section>
  )
}

function Customers({ kind }: { kind: CustomerKind }) {
  const { t } = useSpeech()
  const pages = useOverdue(kind)
  if (pages.isPending) return <Loading />
  if (pages.isError) return <Failure error={pages.error} retry={() => void pages.refetch()} />
  const all = pages.data.pages.flatMap((p) => p.items ?? [])
  return (
    <>
      {all.length === 0 && (
        <Blank icon={<CircleCheck size={30} />} title={t('field.warn.none')}><p>{t('field.warn.noneHint')}</p></Blank>
      )}
      <ul className="people warnings">{all.map((c) => <Line key={c.customer_id} kind={kind} row={c} />)}</ul>
      {pages.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
    </>
  )
}

function Line({ kind, row }: { kind: CustomerKind; row: Overdue }) {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const say = useToast()
  const { busy, plan } = usePlanned(me)
  const owner = row.owner_id === me.id ? '' : `${row.owner_name || t('customer.nobody')} · `
  return (
    <li>
      <Link href={`/customers/${row.customer_id}`}>
        <span className="people-main">
          <b>{row.name}</b>
          <small>{owner}{customerWords(kind, row, me.timezone, t, language)}</small>
        </span>
        <span className="late num">{t('due.days', { n: row.overdue_days })}</span>
      </Link>
      {may('days.write') && row.owner_id && (
        <button type="button" className="round" disabled={busy || row.planned}
          aria-label={row.planned ? t('field.warn.isOnPlan', { name: row.name }) : t('due.addOf', { name: row.name })}
          onClick={() => void plan(row).then(
            () => say(t('field.warn.planned')), (error: unknown) => say(sentence(error, lookup, language)))}>
          {row.planned ? <CircleCheck size={22} aria-hidden /> : <CalendarPlus size={22} aria-hidden />}
        </button>
      )}
    </li>
  )
}

/** Every salesperson beside the mean of all. */
function People({ kind }: { kind: PersonKind }) {
  const { t, language } = useSpeech()
  const list = useIdle(kind)
  if (list.isPending) return <Loading />
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />
  if (list.data.length === 0) return <Blank icon={<CircleCheck size={30} />} title={t('field.warn.none')} />
  return (
    <ul className="people warnings">
      {list.data.map((p) => (
        <li key={p.person_id}>
          <div className="warning-row">
            <span className="people-main">
              <b>{p.name}</b>
              {idleWords(kind, p, t, language).map((line) => <small key={line}>{line}</small>)}
            </span>
            <span className={p.overdue_days > 0 ? 'late num' : 'num'}>{t('field.warn.idle', { n: p.days.value })}</span>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** Customers that are visited off their cycle, by salesperson. */
function Cycles() {
  const { t } = useSpeech()
  const list = useCycles()
  if (list.isPending) return <Loading />
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />
  if (list.data.length === 0) return <Blank icon={<CircleCheck size={30} />} title={t('field.chart.noCycle')} />
  return byOwner(list.data).map((o) => (
    <section key={o.owner}>
      <h2 className="warning-owner">{o.name || t('customer.nobody')}</h2>
      <ul className="people warnings">
        {o.rows.map((c) => (
          <li key={c.customer_id}>
            <Link href={`/customers/${c.customer_id}`}>
              <span className="people-main"><b>{c.name}</b><small>{cycleWords(c, t)}</small></span>
              <span className="num">{cycleOff(c)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  ))
}
