import type { UseQueryResult } from '@tanstack/react-query'
import { CalendarCheck, MapPinOff, Plus } from 'lucide-react'
import type { DueCustomer } from '../../api/types'
import { day } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Nothing, Trouble, Waiting } from '../states'

/** Customers whose visit is due and not on the day yet. */
export function DueList({ due, waiting, mayEdit, selected, onSelect, onAdd }: {
  due: UseQueryResult<DueCustomer[]>
  waiting: DueCustomer[]
  mayEdit: boolean
  selected: number | null
  onSelect: (id: number | null) => void
  onAdd: (id: number) => void
}) {
  const { t, language } = useSpeech()
  if (due.isPending) return <Waiting />
  if (due.isError) return <Trouble error={due.error} retry={() => void due.refetch()} />
  if (waiting.length === 0) {
    return <Nothing icon={<CalendarCheck size={26} />} title={t('due.none')}>{t('due.noneHint')}</Nothing>
  }
  return (
    <ul className="due">
      {waiting.map((d) => (
        <li key={d.customer_id} data-active={selected === d.customer_id}>
          <button type="button" className="due-main"
            onClick={() => onSelect(selected === d.customer_id ? null : d.customer_id)}>
            <span className="row-title">
              {d.name}
              {!d.position && <MapPinOff size={13} className="warn" aria-label={t('customer.noPlace')} />}
            </span>
            <span className="row-sub">
              {d.last_visit_day
                ? t('due.last', { day: day(d.last_visit_day, language) })
                : t('due.never')}
            </span>
          </button>
          <span className={d.overdue_days > 0 ? 'overdue num' : 'soon num'}>
            {d.overdue_days > 0 ? t('due.days', { n: d.overdue_days }) : t('due.today')}
          </span>
          {mayEdit && (
            <button type="button" className="icon-button" disabled={!d.position}
              aria-label={t('due.addOf', { name: d.name })} title={t('plan.addStop')}
              onClick={() => onAdd(d.customer_id)}>
              <Plus size={17} aria-hidden />
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}
