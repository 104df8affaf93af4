import { useCallback } from 'react'
import type { Report } from '../../api/types'
import { percent } from '../../format/format'
import { personPaint, unowned } from '../../theme/palette'
import Drawing from './Drawing'

/** A statistic as a picture; the table beneath says the same in figures. */
export default function Chart({ report, word, label, rest }: {
  report: Report
  word: (value: unknown) => string
  label: string
  rest: string // the name of what is too small to be drawn
}) {
  const option = useCallback((text: string) => optionOf(report, word, rest, text), [report, word, rest])
  return <Drawing option={option} label={label} />
}

/** A slice's name and share, written as in the table beneath. */
const shared = (one: { name: string; percent?: number }) => `${one.name} ${percent(one.percent ?? 0)}`

const slices = 11

/** The largest slices and the sum of the rest: more cannot be told apart. */
function readable(all: { name: string; value: number }[], rest: string) {
  if (all.length <= slices + 1) return all
  const sorted = [...all].sort((a, b) => b.value - a.value)
  const sum = sorted.slice(slices).reduce((n, one) => n + one.value, 0)
  return [...sorted.slice(0, slices), { name: rest, value: sum, itemStyle: { color: unowned.fill } }]
}

function optionOf(
  report: Report, word: (value: unknown) => string, rest: string, text: string,
) {
  const rows = report.rows ?? []
  const columns = report.columns ?? []
  const colours = rows.map((_, i) => personPaint(i).fill)
  const base = {
    animation: false, aria: { enabled: true, decal: { show: rows.length > 8 } },
    color: colours, tooltip: {},
  }
  const label = { color: 'inherit' }
  if (report.chart === 'pie') {
    const all = rows.map((r) => ({ name: word(r.cells?.[0]), value: r.cells?.[1] as number }))
    return {
      ...base,
      series: [{
        type: 'pie', radius: ['34%', '62%'], labelLayout: { hideOverlap: true }, label: { color: text, formatter: shared },
        data: readable(all, rest),
      }],
    }
  }
  const months = columns.slice(1, -1)
  if (columns.length > 4) {
    return {
      ...base, legend: { type: 'scroll', textStyle: label }, grid: { left: 40, right: 12, top: 36, bottom: 28 },
      xAxis: { type: 'category', data: months.map((c) => c.title) },
      yAxis: { type: 'value', minInterval: 1 },
      series: rows.map((r) => ({
        type: 'bar', stack: 'all', name: word(r.cells?.[0]),
        data: months.map((_, i) => r.cells?.[i + 1] as number),
      })),
    }
  }
  return {
    ...base, grid: { left: 48, right: 12, top: 16, bottom: 28 },
    xAxis: { type: 'category', data: rows.map((r) => word(r.cells?.[0])) },
    yAxis: { type: 'value', minInterval: 1 },
    series: [{ type: 'bar', colorBy: 'data', barMaxWidth: 64, data: rows.map((r) => r.cells?.[1] as number) }],
  }
}
