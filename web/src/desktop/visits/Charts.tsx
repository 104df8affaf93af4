import { useCallback, useMemo, useState } from 'react'
import { Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { ChartColumn } from 'lucide-react'
import type { FeatureCollection } from 'geojson'
import { get } from '../../api/client'
import { useDays, usePeople } from '../../api/queries'
import type { components } from '../../api/schema'
import type { Customer, Page } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { heatColours } from '../../map/customers'
import { useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import { useSession } from '../../session/session'
import Drawing from '../reports/Drawing'
import { Nothing, Trouble, Waiting } from '../states'

type Work = components['schemas']['Work']
type Cycle = components['schemas']['Cycle']
type HeatSpot = components['schemas']['HeatSpot']

const bars = 30 // people that one picture still tells apart
const farthest = 12 // customers of the picture of cycles

/** One bar of each colour per name, the first name on top. */
interface Bars {
  names: string[]
  series: { name: string; colour: string; values: number[]; stack?: string }[]
  unit?: string
}

/** The work of everybody where one looks rather than reads. */
export default function Charts({ from }: { from: string }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const days = useDays(me.business_day)
  const work = useQuery({
    queryKey: ['visits', 'workload', from],
    queryFn: () => get<Work[]>('/v1/workload', { from }),
  })
  const [heat, setHeat] = useState(true)
  const today = from === me.business_day
  const who = useMemo(() => new Map(people.data?.map((p) => [p.id, p.name])), [people.data])
  const cover = useMemo<Bars>(() => {
    const rows = (days.data ?? []).filter((d) => d.stops > 0)
      .sort((a, b) => b.done / b.stops - a.done / a.stops || b.stops - a.stops).slice(0, bars)
    return {
      names: rows.map((d) => d.name),
      series: [
        { name: t('field.chart.done'), colour: '#1b9e77', stack: 'a', values: rows.map((d) => d.done) },
        { name: t('field.chart.open'), colour: '#a6adb4', stack: 'a', values: rows.map((d) => d.stops - d.done) },
      ],
    }
  }, [days.data, t])
  const [diligence, time] = useMemo<[Bars, Bars]>(() => {
    const rows = [...(work.data ?? [])].sort((a, b) => b.records - a.records).slice(0, bars)
    const names = rows.map((w) => who.get(w.person_id) ?? '–')
    const drive = new Map(days.data?.map((d) => [d.person_id, d.drive_s ?? 0]))
    const site = { name: t('field.onSite'), colour: '#7570b3', stack: 'a', values: rows.map((w) => minutes(w.on_site_s)) }
    const road = {
      name: t('field.chart.road'), colour: '#e6ab02', stack: 'a',
      values: rows.map((w) => minutes(drive.get(w.person_id) ?? 0)),
    }
    return [{
      names,
      series: [
        { name: t('field.recordsN'), colour: '#1f78b4', values: rows.map((w) => w.records) },
        { name: t('field.customersN'), colour: '#66a61e', values: rows.map((w) => w.daily_customers) },
      ],
    }, { names, series: today ? [site, road] : [site], unit: t('field.chart.minutes') }]
  }, [work.data, days.data, who, today, t])
  if (work.isPending || people.isPending || days.isPending) return <Waiting />
  const error = work.error ?? people.error ?? days.error
  if (error) return <Trouble error={error} retry={() => void (work.error ? work : people.error ? people : days).refetch()} />
  return (
    <div className="field-scroll field-charts">
      <label className="field-heat"><Switch size="small" checked={heat} onChange={setHeat} /> {t('field.chart.heat')}</label>
      {heat && <Heat from={from} />}
      {cover.names.length === 0 && diligence.names.length === 0 && (
        <Nothing icon={<ChartColumn size={26} />} title={t('field.chart.nobody')}>{t('field.noVisitsHint')}</Nothing>
      )}
      <Picture title={t('field.chart.cover')} bars={cover} />
      <Picture title={t('field.chart.work')} bars={diligence} note={t('field.customersHint')} />
      <Picture title={t('field.chart.time')} bars={time} note={today ? t('field.chart.roadHint') : undefined} />
      <Cycles />
    </div>
  )
}

const minutes = (seconds: number) => Math.round(seconds / 60)

function Picture({ title, bars: b, note }: { title: string; bars: Bars; note?: string | undefined }) {
  const { t } = useSpeech()
  const option = useCallback((text: string) => ({
    animation: false, aria: { enabled: true }, tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
    legend: { top: 0, left: 0, itemGap: 24, itemWidth: 12, itemHeight: 10, textStyle: { color: text } },
    grid: { left: 124, right: 20, top: 30, bottom: b.unit ? 42 : 24 },
    xAxis: {
      type: 'value', minInterval: 1, splitNumber: 4, name: b.unit, nameLocation: 'middle', nameGap: 24,
      axisLabel: { color: text }, splitLine: { lineStyle: { color: text, opacity: 0.12 } },
    },
    yAxis: {
      type: 'category', inverse: true, data: b.names,
      axisLabel: { color: text, width: 112, overflow: 'truncate', interval: 0 },
    },
    series: b.series.map((s) => ({
      type: 'bar', name: s.name, stack: s.stack, data: s.values, barMaxWidth: 14, itemStyle: { color: s.colour },
    })),
  }), [b])
  if (b.names.length === 0) return null
  const height = 70 + b.names.length * (b.series.some((s) => s.stack) ? 22 : 28)
  return (
    <section>
      <h2>{title}</h2>
      <Drawing option={option} label={title} height={height} />
      {note && <p className="field-note">{note}</p>}
      {b.names.length === bars && <p className="field-note">{t('field.chart.rest', { n: bars })}</p>}
    </section>
  )
}

/** How often customers were visited beside how often they should be. */
function Cycles() {
  const { t } = useSpeech()
  const cycles = useQuery({
    queryKey: ['visits', 'cycles'],
    queryFn: () => get<Cycle[]>('/v1/warnings/cycles', { tolerance: 0.25 }),
  })
  const rows = useMemo(() => {
    const off = (c: Cycle) => Math.abs(Math.log(c.mean_days / c.every_days))
    return (cycles.data ?? []).filter((c) => c.mean_days > 0 && c.every_days > 0)
      .sort((a, b) => off(b) - off(a)).slice(0, farthest)
  }, [cycles.data])
  const ids = rows.map((c) => c.customer_id).join(',')
  const customers = useQuery({
    queryKey: ['customers', 'named', ids],
    queryFn: () => get<Page<Customer>>('/v1/customers', { ids, limit: farthest }),
    enabled: ids !== '',
    staleTime: 300_000,
  })
  const picture = useMemo<Bars>(() => ({
    names: rows.map((r) => customers.data?.items.find((c) => c.id === r.customer_id)?.name ?? '…'),
    series: [
      { name: t('field.chart.planned'), colour: '#a6adb4', values: rows.map((c) => c.every_days) },
      { name: t('field.chart.actual'), colour: '#d95f02', values: rows.map((c) => Math.round(c.mean_days * 10) / 10) },
    ],
  }), [customers.data, rows, t])
  if (cycles.isPending) return <Waiting rows={3} />
  if (cycles.isError) return <Trouble error={cycles.error} retry={() => void cycles.refetch()} />
  if (rows.length === 0) return <section><h2>{t('field.chart.cycle')}</h2><p className="field-note">{t('field.chart.noCycle')}</p></section>
  return <Picture title={t('field.chart.cycle')} bars={picture} note={t('field.chart.cycleHint', { n: rows.length })} />
}

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }
const heatId = 'visits-heat'

/** Where visits began, on the map beside. */
function Heat({ from }: { from: string }) {
  const spots = useQuery({
    queryKey: ['visits', 'heat', from],
    queryFn: () => get<HeatSpot[]>('/v1/reports/visit-heat', { from }),
  })
  const overlay = useMemo<Overlay>(() => ({
    id: heatId,
    source: { type: 'geojson', data: nothing },
    layers: [{
      id: `${heatId}-spots`, type: 'heatmap', source: heatId,
      paint: {
        'heatmap-weight': ['ln', ['+', 1, ['get', 'visits']]],
        'heatmap-intensity': ['interpolate', ['linear'], ['zoom'], 6, 0.4, 12, 1, 16, 1.6],
        'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 6, 12, 12, 24, 16, 48],
        'heatmap-opacity': 0.85, 'heatmap-color': heatColours,
      },
    }],
  }), [])
  const data = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: (spots.data ?? []).map((s) => ({
      type: 'Feature', properties: { visits: s.visits }, geometry: { type: 'Point', coordinates: [s.lon, s.lat] },
    })),
  }), [spots.data])
  useOverlay(overlay)
  useOverlayData(heatId, data, overlay)
  return spots.isError ? <Trouble error={spots.error} retry={() => void spots.refetch()} /> : null
}
