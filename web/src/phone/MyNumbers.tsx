import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Link } from 'wouter'
import { get } from '../api/client'
import type { components } from '../api/schema'
import { addDays, count, day, distance, duration, money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Failure, Loading } from './bits'
import './mine.css'

type Work = components['schemas']['Work']
type Orders = components['schemas']['Orders']
type Submissions = components['schemas']['Submissions']

/** What one did since the first of the month. */
export default function MyNumbers() {
  const { t } = useSpeech()
  const { me, may } = useSession()
  const from = `${me.business_day.slice(0, 7)}-01`
  const work = useQuery({
    queryKey: ['visits', 'mine', from],
    queryFn: async () => (await get<Work[]>('/v1/workload', { person: me.id, from }))[0] ?? null,
  })
  const orders = useQuery({
    queryKey: ['orders', 'mine', from], queryFn: () => ordered(me.id, from), enabled: may('orders.read'),
  })
  const collected = useQuery({
    queryKey: ['money', 'mine', from], queryFn: () => gathered(me.id, from), enabled: may('money.read'),
  })
  const failed = [work, orders, collected].find((q) => q.isError)
  return (
    <>
      <BackToMe title={t('mine.numbers')} hint={t('mine.month', { month: me.business_day.slice(0, 7) })} />
      {failed && <Failure error={failed.error} retry={() => void failed.refetch()} />}
      {work.isPending && <Loading />}
      {work.isSuccess && (
        <section className="mine-figures">
          <Figure value={count(work.data?.records ?? 0)} word={t('mine.visits')} />
          <Figure value={count(work.data?.customers ?? 0)} word={t('mine.customers')} />
          <Figure value={duration(work.data?.on_site_s ?? 0)} word={t('mine.onSite')} />
          {work.data && work.data.inspections > 0 && (
            <Figure value={t('work.inspections', { n: work.data.inspections, time: duration(work.data.inspected_s) })}
              word={t('work.ownHint')} wide />
          )}
          {(work.data?.road_s ?? 0) > 0 && (
            <Figure value={`${duration(work.data?.road_s ?? 0)} · ${distance(work.data?.road_m ?? 0)}`} word={t('work.road')} wide />
          )}
          {orders.data && <Figure value={count(orders.data.n)} word={t('mine.orders')} wide />}
          {orders.data && <Figure value={money(orders.data.cents)} word={t('mine.ordered')} wide />}
          {collected.data && (
            <>
              <Figure value={money(collected.data.approved)} word={t('mine.collected')} wide />
              <Figure value={money(collected.data.open)} word={t('mine.waiting')} wide />
            </>
          )}
        </section>
      )}
    </>
  )
}

/** Orders that stand: handed in, confirmed or delivered. */
async function ordered(person: number, from: string) {
  const states = ['submitted', 'confirmed', 'closed']
  const pages = await Promise.all(states.map((state) => get<Orders>('/v1/orders', { person, from, state, limit: 1 })))
  return pages.reduce((sum, p) => ({
    n: sum.n + (p.total ?? 0), cents: sum.cents + (p.total_cents ?? 0),
  }), { n: 0, cents: 0 })
}

/** What one collected: booked by finance, and still waiting for it. */
async function gathered(person: number, from: string) {
  const [approved, open] = await Promise.all(['approved', 'open'].map((state) =>
    get<Submissions>('/v1/submissions', { person, from, state, limit: 1 })))
  return { approved: approved?.total_cents ?? 0, open: open?.total_cents ?? 0 }
}

/** The head of a page that Me leads to. */
export function BackToMe({ title, hint }: { title: string; hint?: string }) {
  const { t } = useSpeech()
  return (
    <header className="top mine-top">
      <Link href="/me" className="round" aria-label={t('phone.me')}><ChevronLeft size={24} aria-hidden /></Link>
      <div><h1>{title}</h1>{hint && <p>{hint}</p>}</div>
    </header>
  )
}

export function Figure({ value, word, wide }: { value: string; word: string; wide?: boolean }) {
  return <p className="mine-figure" data-wide={wide}><b className="num">{value}</b><small>{word}</small></p>
}

/** The day that is looked at; the business day at first. */
export function useDate() {
  const { me } = useSession()
  return useState(me.business_day)
}

/** One day back or forth, never beyond the latest. */
export function DayPicker({ date, onDate, latest }: { date: string; onDate: (d: string) => void; latest: string }) {
  const { t, language } = useSpeech()
  return (
    <div className="mine-day">
      <button type="button" className="round" aria-label={t('mine.before')} onClick={() => onDate(addDays(date, -1))}>
        <ChevronLeft size={24} aria-hidden />
      </button>
      <b>{day(date, language)}</b>
      <button type="button" className="round" aria-label={t('mine.after')} disabled={date >= latest}
        onClick={() => onDate(addDays(date, 1))}>
        <ChevronRight size={24} aria-hidden />
      </button>
    </div>
  )
}
