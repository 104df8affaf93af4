import { useParams, useLocation } from 'wouter'
import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import { ArrowLeft, ChevronLeft, ChevronRight } from 'lucide-react'
import { usePeople } from '../../api/queries'
import { addDays, day as dayWord, daysBetween } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Avatar } from '../Avatar'
import { Panel } from '../frame/Panel'
import { Waiting } from '../states'
import { DayPlanner } from './DayPlanner'
import { TeamDays } from './TeamDays'

const isDate = (v: string | undefined): v is string => !!v && /^\d{4}-\d{2}-\d{2}$/.test(v)

/** The planner: everybody's day first, then one person's. */
export default function PlannerPage() {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const params = useParams<{ person?: string; date?: string }>()
  const [, go] = useLocation()
  const date = isDate(params.date) ? params.date : me.business_day
  const asked = me.role === 'salesperson' ? me.id : Number(params.person) || null
  const person = people.data?.find((p) => p.id === asked)
  const to = (who: number | null, when: string) =>
    go(`/plan/${who ?? 'team'}/${when}${location.search}`)
  if (asked === null) {
    return (
      <Panel title={t('plan.title')} label={t('plan.title')}>
        <DayBar date={date} onDate={(d) => to(null, d)} today={me.business_day} />
        <TeamDays date={date} onPick={(id) => to(id, date)} />
      </Panel>
    )
  }
  if (!person) {
    return <Panel title={t('plan.title')} label={t('plan.title')}><Waiting /></Panel>
  }
  return (
    <DayPlanner key={`${person.id}-${date}`} person={person} date={date}
      head={
        <span className="planner-who">
          {me.role !== 'salesperson' && (
            <button type="button" className="icon-button" aria-label={t('plan.everybody')}
              title={t('plan.everybody')} onClick={() => to(null, date)}>
              <ArrowLeft size={18} aria-hidden />
            </button>
          )}
          <Avatar name={person.name} index={person.color_index} size={26} />
          <span className="ellipsis">{person.name}</span>
        </span>
      }
      bar={<DayBar date={date} onDate={(d) => to(person.id, d)} today={me.business_day} />} />
  )
}

function DayBar({ date, onDate, today }: {
  date: string
  onDate: (d: string) => void
  today: string
}) {
  const { t, language } = useSpeech()
  const away = daysBetween(today, date)
  const near = away === 0 ? t('day.today') : away === 1 ? t('day.tomorrow') : away === -1 ? t('day.yesterday') : ''
  return (
    <div className="day-bar">
      <button type="button" className="icon-button" aria-label={t('day.before')}
        onClick={() => onDate(addDays(date, -1))}>
        <ChevronLeft size={18} aria-hidden />
      </button>
      <DatePicker value={dayjs(date)} allowClear={false} variant="borderless" suffixIcon={null}
        aria-label={t('day.pick')} inputReadOnly
        format={() => `${near ? `${near} · ` : ''}${dayWord(date, language)}`}
        onChange={(d) => d && onDate(d.format('YYYY-MM-DD'))} />
      <button type="button" className="icon-button" aria-label={t('day.after')}
        onClick={() => onDate(addDays(date, 1))}>
        <ChevronRight size={18} aria-hidden />
      </button>
      {away !== 0 && (
        <button type="button" className="text-button" onClick={() => onDate(today)}>
          {t('day.today')}
        </button>
      )}
    </div>
  )
}
