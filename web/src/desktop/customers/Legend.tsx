import { useState } from 'react'
import { Select } from 'antd'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useCount } from '../../api/queries'
import type { Person } from '../../api/types'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import type { ColourBy } from '../../map/customers'
import { useNarrow } from '../frame/layout'
import { LayerLegend } from '../maptools/Layers'
import { useColourings, useFilter } from './filter'
import { marks, type Mark } from './marks'

/** What the colours mean, and how many of the rows stand on the map. */
export function Legend({ by, people, onBy }: {
  by: ColourBy
  people: Person[]
  onBy: (by: ColourBy) => void
}) {
  const { t, lookup } = useSpeech()
  const narrow = useNarrow()
  const [chosen, setOpen] = useState<boolean | null>(null)
  const open = chosen ?? !narrow // there is little map to cover
  const { filter } = useFilter()
  const colourings = useColourings()
  const total = useCount(filter)
  return (
    <section className="legend" aria-label={t('legend.title')}>
      <div className="legend-head">
        <Select size="small" variant="borderless" value={by} onChange={onBy}
          aria-label={t('legend.by')} popupMatchSelectWidth={false}
          options={colourings.map((c) => ({ value: c, label: t(`legend.${c}`) }))} />
        <button type="button" className="icon-button" aria-expanded={open}
          aria-label={t('legend.title')} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown size={16} aria-hidden /> : <ChevronUp size={16} aria-hidden />}
        </button>
      </div>
      {open && (
        <ul className={by === 'owner' ? 'legend-people' : undefined}>
          {marks(by, people, lookup).map((m) => <Line key={m.key} mark={m} />)}
          {by !== 'due' && (
            <li className="legend-mark"><i className="legend-ring" aria-hidden />{t('filter.overdue')}</li>
          )}
        </ul>
      )}
      {open && <LayerLegend />}
      {open && total.data && (
        <p className="legend-count num">
          {total.data.located !== undefined && total.data.located < total.data.total
            ? t('legend.located', {
                n: count(total.data.located), missing: count(total.data.total - total.data.located),
              })
            : t('customers.count', { n: count(total.data.total) })}
        </p>
      )}
    </section>
  )
}

function Line({ mark }: { mark: Mark }) {
  const dark = mark.ring && mark.ring !== '#FFFFFF'
  return (
    <li className="legend-mark">
      <i style={{ background: mark.fill, boxShadow: dark ? `0 0 0 2px ${mark.ring}` : undefined }} aria-hidden />
      {mark.word}
    </li>
  )
}
