import { useEffect, useRef } from 'react'
import { BarChart, PieChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use as draw, type EChartsCoreOption } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useTheme } from '../../theme/theme'
import './reports.css'

draw([BarChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

/** Draws what an option says, in the colours of the theme; memoise the option. */
export default function Drawing({ option, label, height = 300 }: {
  option: (text: string) => EChartsCoreOption
  label: string
  /** Pixels. */
  height?: number
}) {
  const box = useRef<HTMLDivElement>(null)
  const { theme } = useTheme()
  useEffect(() => {
    if (!box.current) return
    const text = getComputedStyle(document.documentElement).getPropertyValue('--text').trim()
    const chart = init(box.current, undefined, { renderer: 'svg' })
    // By its name: what is measured in another font runs into its neighbour.
    const { fontFamily } = getComputedStyle(box.current)
    chart.setOption({ ...option(text), textStyle: { color: text, fontFamily } })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(box.current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [option, theme, height])
  return <div ref={box} className="report-chart" style={{ height }} role="img" aria-label={label} />
}
