import { useMemo, useState } from 'react'
import { Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { get, rows } from '../../api/client'
import { useDays } from '../../api/queries'
import type { components } from '../../api/schema'
import type { Customer, Page } from '../../api/types'
import { useFrequency, useWorkRows, type Frequency } from '../../api/work'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Trouble, Waiting } from '../states'
import { Heat } from './Heat'
import { Picture, type Bars } from './Picture'

type Cycle = components['schemas']['Cycle']

const farthest = 12 // customers of the picture of cycles

/** The work of everybody where one looks rather than reads. */
export default function Charts({ from }: { from: string }) {
  const { t } = useSpeech()
  const [heat, setHeat] = useState(true)
  return (
    <div className="field-scroll field-charts">
      <label className="field-heat"><Switch size="small" checked={heat} onChange={setHeat} /> {t('field.chart.heat')}</label>
      {heat && <Heat from={from} />}
      <Cover />
      <Worked from={from} />
      <Frequencies />
      <Cycles />
    </div>
  )
}

/** How far today's plans are. */
function Cover() {
  const { t } = useSpeech()
  const { me } = useSession()
  const days = useDays(me.business_day)
  const cover = useMemo<Bars>(() => {
    const planned = (days.data ?? []).filter((d) => d.stops > 0)
      .sort((a, b) => b.done / b.stops - a.done / a.stops || b.stops - a.stops)
    const skipped = planned.map((d) => d.skipped)
    return {
      unit: t('work.stops'),
      names: planned.map((d) => d.name),
      series: [
        { name: t('field.chart.done'), colour: '#1b9e77', stack: 'a', values: planned.map((d) => d.done) },
        { name: t('field.chart.open'), colour: '#a6adb4', stack: 'a', values: planned.map((d) => d.stops - d.done - d.skipped) },
        ...skipped.some((n) => n > 0)
          ? [{ name: t('field.do.skip'), colour: '#d95f02', stack: 'a', values: skipped }] : [],
      ],
    }
  }, [days.data, t])
  if (days.isPending) return <Waiting rows={3} />
  if (days.isError) return <Trouble error={days.error} retry={() => void days.refetch()} />
  const [done, all] = [(days.data ?? []).reduce((n, d) => n + d.done, 0), (days.data ?? []).reduce((n, d) => n + d.stops, 0)]
  return (
    <Picture title={t('field.chart.cover')} bars={cover} none={t('work.noPlans')}
      note={t('work.covered', { done, of: all })} />
  )
}

const minutes = (seconds: number) => Math.round(seconds / 60)

/** Diligence and workload: the figures of the table beside. */
function Worked({ from }: { from: string }) {
  const { t } = useSpeech()
  const { work, rows: all, counting } = useWorkRows(from)
  const [diligence, time] = useMemo<[Bars, Bars]>(() => {
    const sales = all.filter((w) => w.records > 0 || w.person?.role === 'salesperson')
    const names = sales.map((w) => w.name)
    return [{
      names, unit: t('work.unit'),
      series: [
        { name: t('field.recordsN'), colour: '#1f78b4', values: sales.map((w) => w.records) },
        { name: t('field.customersN'), colour: '#66a61e', values: sales.map((w) => w.customers) },
      ],
    }, {
      names, unit: t('field.chart.minutes'),
      series: [
        { name: t('field.onSite'), colour: '#7570b3', stack: 'a', values: sales.map((w) => minutes(w.on_site_s)) },
        { name: t('work.road'), colour: '#e6ab02', stack: 'a', values: sales.map((w) => minutes(w.road_s ?? 0)) },
      ],
    }]
  }, [all, t])
  if (work.isPending) return <Waiting rows={4} />
  if (work.isError) return <Trouble error={work.error} retry={() => void work.refetch()} />
  return (
    <>
      <Picture title={t('field.chart.work')} bars={diligence} none={t('field.noVisits')} />
      <Picture title={t('field.chart.time')} bars={time} none={t('field.noVisits')}
        note={counting ? t('work.counting') : t('work.roadHint')} />
    </>
  )
}

/** How much of what the cycles ask for was visited; the customers behind it stand in the note. */
function Frequencies() {
  const { t } = useSpeech()
  const found = useFrequency()
  const bars = useMemo<Bars>(() => {
    const all = [...found.data ?? []].sort((a, b) => b.kept / b.asked - a.kept / a.asked || b.asked - a.asked)
    return {
      unit: t('work.visits'),
      names: all.map((f) => f.owner_name || t('customer.nobody')),
      series: [
        { name: t('work.kept'), colour: '#1b9e77', stack: 'a', values: all.map((f) => f.kept) },
        { name: t('work.missed'), colour: '#e6ab02', stack: 'a', values: all.map((f) => f.asked - f.kept) },
      ],
    }
  }, [found.data, t])
  if (found.isPending) return <Waiting rows={3} />
  if (found.isError) return <Trouble error={found.error} retry={() => void found.refetch()} />
  const sum = (of: (f: Frequency) => number) => count(found.data.reduce((n, f) => n + of(f), 0))
  return (
    <Picture title={t('work.frequency')} bars={bars} none={t('work.noFrequency')} note={t('work.frequencyHint', {
      asked: sum((f) => f.asked), kept: sum((f) => f.kept), met: sum((f) => f.met), short: sum((f) => f.short), never: sum((f) => f.never),
    })} />
  )
}

/** The customers whose visits are the farthest off their cycle. */
function Cycles() {
  const { t } = useSpeech()
  const cycles = useQuery({
    queryKey: ['cycles'],
    queryFn: async () => rows(await get<Cycle[]>('/v1/warnings/cycles', { tolerance: 0.25 })),
    staleTime: 300_000,
  })
  const shown = useMemo(() => {
    const off = (c: Cycle) => Math.abs(Math.log(c.mean_days / c.every_days))
    return (cycles.data ?? []).filter((c) => c.mean_days > 0 && c.every_days > 0)
      .sort((a, b) => off(b) - off(a)).slice(0, farthest)
  }, [cycles.data])
  const ids = shown.map((c) => c.customer_id).join(',')
  const customers = useQuery({
    queryKey: ['customers', 'named', ids],
    queryFn: () => get<Page<Customer>>('/v1/customers', { ids, limit: farthest }),
    enabled: ids !== '',
    staleTime: 300_000,
  })
  const picture = useMemo<Bars>(() => ({
    unit: t('field.rules.unit'),
    names: shown.map((r) => customers.data?.items?.find((c) => c.id === r.customer_id)?.name ?? '…'),
    series: [
      { name: t('field.chart.planned'), colour: '#a6adb4', values: shown.map((c) => c.every_days) },
      { name: t('field.chart.actual'), colour: '#d95f02', values: shown.map((c) => Math.round(c.mean_days * 10) / 10) },
    ],
  }), [customers.data, shown, t])
  if (cycles.isPending) return <Waiting rows={3} />
  if (cycles.isError) return <Trouble error={cycles.error} retry={() => void cycles.refetch()} />
  return (
    <Picture title={t('field.chart.cycle')} bars={picture} none={t('field.chart.noCycle')}
      note={t('field.chart.cycleHint', { n: shown.length })} />
  )
}
