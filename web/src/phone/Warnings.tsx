import { useState } from 'react'
import { CalendarPlus, CircleCheck } from 'lucide-react'
import { Link } from 'wouter'
import { ofCustomers, useOverdue, usePlanned, useWarningCounts, type CustomerKind, type Overdue } from '../api/warnings'
import { dateOf, day, money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { useToast } from './toast'

/** Which customers wait too long, kind by kind: the list of the desk, for one thumb. */
export function Warnings() {
  const { t } = useSpeech()
  const [kind, setKind] = useState<CustomerKind>('customer_visit')
  const counts = useWarningCounts()
  const pages = useOverdue(kind)
  const all = pages.data?.pages.flatMap((p) => p.items ?? []) ?? []
  const of = (k: CustomerKind) => counts.data?.find((c) => c.kind === k)
  return (
    <section aria-label={t('field.warnings')}>
      <div className="chips" role="group" aria-label={t('field.warn.kind')}>
        {ofCustomers.map((k) => (
          <button key={k} type="button" className="chip" aria-pressed={k === kind} onClick={() => setKind(k)}>
            {t(`field.warn.short.${k}`)} <b className="num">{of(k)?.enabled === false ? t('field.warn.off') : (of(k)?.count ?? '…')}</b>
          </button>
        ))}
      </div>
      {pages.isPending && <Loading />}
      {pages.isError && <Failure error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && all.length === 0 && (
        <Blank icon={<CircleCheck size={30} />} title={t('field.warn.none')}><p>{t('field.warn.noneHint')}</p></Blank>
      )}
      <ul className="people warnings">{all.map((c) => <Line key={c.customer_id} row={c} />)}</ul>
      {pages.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
    </section>
  )
}

function Line({ row }: { row: Overdue }) {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const say = useToast()
  const { busy, plan } = usePlanned(me.business_day)
  const owner = row.owner_id === me.id ? '' : `${row.owner_name || t('customer.nobody')} · `
  return (
    <li>
      <Link href={`/customers/${row.customer_id}`}>
        <span className="people-main">
          <b>{row.name}</b>
          <small>
            {owner}{row.last_event_at ? t('due.last', { day: day(dateOf(row.last_event_at, me.timezone), language) }) : t('due.never')}
            {row.open_receivable_cents !== 0 && ` · ${t('field.warn.owes', { amount: money(row.open_receivable_cents) })}`}
          </small>
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
