import { useCallback } from 'react'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import Drawing from '../reports/Drawing'

/** One bar of each colour per name, the first name on top. */
export interface Bars {
  names: string[]
  series: { name: string; colour: string; values: number[]; stack?: string }[]
  /** What the axis counts. */
  unit: string
}

const most = 30 // names that one picture still tells apart

/** Bars where one looks, and the same figures as a table where one reads. */
export function Picture({ title, bars: all, note, none }: {
  title: string
  bars: Bars
  note?: string | undefined
  /** What is said when there is nothing to draw. */
  none: string
}) {
  const { t } = useSpeech()
  const option = useCallback((text: string) => optionOf(cut(all), text), [all])
  const b = cut(all)
  const height = 78 + b.names.length * (b.series.some((s) => s.stack) ? 22 : 30)
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {b.names.length === 0 ? <p className="field-note">{none}</p> : (
        <>
          <Drawing option={option} label={t('work.picture', { title })} height={height} />
          {note && <p className="field-note">{note}</p>}
          {all.names.length > most && <p className="field-note">{t('field.chart.rest', { n: most })}</p>}
          <Figures title={title} bars={all} />
        </>
      )}
    </section>
  )
}

const cut = (b: Bars): Bars => ({
  ...b, names: b.names.slice(0, most), series: b.series.map((s) => ({ ...s, values: s.values.slice(0, most) })),
})

function Figures({ title, bars: b }: { title: string; bars: Bars }) {
  const { t } = useSpeech()
  return (
    <details className="field-figures">
      <summary>{t('work.figures')}</summary>
      <table className="field-table">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t('work.name')}</th>
            {b.series.map((s) => <th key={s.name} scope="col" className="num">{s.name} ({b.unit})</th>)}
          </tr>
        </thead>
        <tbody>
          {b.names.map((name, i) => (
            <tr key={i}>
              <th scope="row">{name}</th>
              {b.series.map((s) => <td key={s.name} className="num">{count(s.values[i] ?? 0)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function optionOf(b: Bars, text: string) {
  return {
    animation: false, aria: { enabled: true }, tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    legend: { top: 0, left: 0, itemGap: 16, itemWidth: 12, itemHeight: 10, textStyle: { color: text } },
    grid: { left: 124, right: 20, top: 30, bottom: 42 },
    xAxis: {
      type: 'value', minInterval: 1, splitNumber: 4, name: b.unit, nameLocation: 'middle', nameGap: 24,
      nameTextStyle: { color: text }, axisLabel: { color: text }, splitLine: { lineStyle: { color: text, opacity: 0.12 } },
    },
    yAxis: {
      type: 'category', inverse: true, data: b.names,
      axisLabel: { color: text, width: 112, overflow: 'truncate', interval: 0 },
    },
    series: b.series.map((s) => ({
      type: 'bar', name: s.name, stack: s.stack, data: s.values, barMaxWidth: 14, itemStyle: { color: s.colour },
    })),
  }
}
