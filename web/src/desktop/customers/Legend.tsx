import { useState } from 'react'
import { Select } from 'antd'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useCount } from '../../api/queries'
import type { Person } from '../../api/types'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import type { ColourBy } from '../../map/customers'
import { dueFill, levelFill, personPaint } from '../../theme/palette'
import { useFilter } from './filter'

/** What the colours mean, and how many of the rows stand on the map. */
export function Legend({ by, people, onBy }: {
  by: ColourBy
  people: Person[]
  onBy: (by: ColourBy) => void
}) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(true)
  const { filter } = useFilter()
  const total = useCount(filter)
  const sellers = people.filter((p) => p.role === 'salesperson')
  return (
    <section className="legend" aria-label={t('legend.title')}>
      <div className="legend-head">
        <Select size="small" variant="borderless" value={by} onChange={onBy}
          aria-label={t('legend.by')} popupMatchSelectWidth={false}
          options={[
            { value: 'owner', label: t('legend.owner') },
            { value: 'level', label: t('legend.level') },
            { value: 'due', label: t('legend.due') },
          ]} />
        <button type="button" className="icon-button" aria-expanded={open}
          aria-label={t('legend.title')} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown size={16} aria-hidden /> : <ChevronUp size={16} aria-hidden />}
        </button>
      </div>
      {open && (
        <ul className={by === 'owner' ? 'legend-people' : undefined}>
          {by === 'owner' && sellers.map((p) => {
            const paint = personPaint(p.color_index)
            return <Mark key={p.id} fill={paint.fill} ring={paint.ring} word={p.name} />
          })}
          {by === 'level' && Object.entries(levelFill).map(([level, fill]) => (
            <Mark key={level} fill={fill} word={t('legend.levelOf', { level })} />
          ))}
          {by === 'due' && (
            <>
              <Mark fill={dueFill.overdue} word={t('filter.overdue')} />
              <Mark fill={dueFill.fine} word={t('legend.fine')} />
            </>
          )}
          {by !== 'due' && (
            <li className="legend-mark"><i className="legend-ring" aria-hidden />{t('filter.overdue')}</li>
          )}
        </ul>
      )}
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

function Mark({ fill, ring, word }: { fill: string; ring?: string; word: string }) {
  const dark = ring && ring !== '#FFFFFF'
  return (
    <li className="legend-mark">
      <i style={{ background: fill, boxShadow: dark ? `0 0 0 2px ${ring}` : undefined }} aria-hidden />
      {word}
    </li>
  )
}
