import { useState } from 'react'
import { Button, Input, Modal, Radio, Select } from 'antd'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { put, remove } from '../../api/client'
import { useCalendar, type CalendarDay } from '../../api/org'
import { usePeople } from '../../api/queries'
import { addDays } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Trouble } from '../states'
import { useCommand } from './useCommand'

const iso = (y: number, m: number, d: number) => new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10)
const weekday = (date: string) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7

/** Holidays, extra working days and leave, for the company or for one person. */
export default function Calendar() {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const [year, month] = me.business_day.split('-').map(Number) as [number, number, number]
  const [at, setAt] = useState({ y: year, m: month - 1 })
  const [who, setWho] = useState(0)
  const [editing, setEditing] = useState<string | null>(null)
  const first = iso(at.y, at.m, 1)
  const last = iso(at.y, at.m + 1, 0)
  const days = useCalendar(who, first, last)
  const person = people.data?.find((p) => p.id === who)
  const pattern = person?.workdays ?? [1, 2, 3, 4, 5]
  const cells = Array.from({ length: Number(last.slice(8)) }, (_, i) => addDays(first, i))
  const own = (d: string) => days.data?.find((x) => x.day === d && (x.person_id ?? 0) === who)
  const rule = (d: string) => own(d) ?? days.data?.find((x) => x.day === d && !x.person_id)
  const title = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    year: 'numeric', month: 'long', timeZone: 'UTC',
  }).format(new Date(`${first}T00:00:00Z`))
  const names = Array.from({ length: 7 }, (_, i) => new Intl.DateTimeFormat(
    language === 'zh' ? 'zh-CN' : 'en-GB', { weekday: 'short', timeZone: 'UTC' },
  ).format(new Date(Date.UTC(2026, 10, 23 + i))))
  const move = (by: number) => setAt(({ y, m }) => ({ y: y + Math.floor((m + by) / 12), m: (m + by + 12) % 12 }))
  return (
    <>
      <p className="quiet">{t('org.calendarHint')}</p>
      <div className="desk-form">
        <Button icon={<ChevronLeft size={16} aria-hidden />} aria-label={t('org.earlier')} onClick={() => move(-1)} />
        <b style={{ minWidth: 140, textAlign: 'center' }} aria-live="polite">{title}</b>
        <Button icon={<ChevronRight size={16} aria-hidden />} aria-label={t('org.later')} onClick={() => move(1)} />
        <Select style={{ width: 220 }} value={who} onChange={setWho} showSearch optionFilterProp="label"
          aria-label={t('org.whose')} options={[{ value: 0, label: t('org.company') },
            ...(people.data ?? []).filter((p) => p.active).map((p) => ({ value: p.id, label: p.name }))]} />
      </div>
      {days.isError && <Trouble error={days.error} retry={() => void days.refetch()} />}
      <div className="year">
        {names.map((n) => <div key={n} className="quiet">{n}</div>)}
        {Array.from({ length: weekday(first) }, (_, i) => <div key={`x${i}`} />)}
        {cells.map((d) => {
          const set = rule(d)
          const works = set ? set.working : pattern.includes(weekday(d) + 1)
          return (
            <button key={d} type="button" className="day" data-off={!works} data-set={own(d) !== undefined}
              aria-label={`${d} ${works ? t('org.works') : t('org.free')}`} onClick={() => setEditing(d)}>
              <span className="num">{Number(d.slice(8))}</span>
              <small>{set?.note || (works ? '' : t('org.free'))}</small>
            </button>
          )
        })}
        {Array.from({ length: (7 - (weekday(first) + cells.length) % 7) % 7 }, (_, i) => <div key={`y${i}`} />)}
      </div>
      {editing && (
        <DayDialog day={editing} who={who} old={own(editing)} works={rule(editing)?.working
          ?? pattern.includes(weekday(editing) + 1)} onClose={() => setEditing(null)} />
      )}
    </>
  )
}

function DayDialog({ day, who, old, works, onClose }: {
  day: string
  who: number
  old: CalendarDay | undefined
  works: boolean
  onClose: () => void
}) {
  const { t } = useSpeech()
  const [working, setWorking] = useState(old ? old.working : !works)
  const [note, setNote] = useState(old?.note ?? '')
  const { run, busy } = useCommand('calendar')
  const save = () => run(() => put(`/v1/calendar/${day}`, { working, note, person_id: who || undefined }))
    .then((done) => done && onClose())
  const clear = () => run(() => remove(`/v1/calendar/${day}`, { query: { person: who || undefined } }))
    .then((done) => done && onClose())
  return (
    <Modal open title={day} onCancel={onClose} okText={t('do.save')} cancelText={t('do.cancel')}
      confirmLoading={busy} onOk={() => void save()}
      footer={(_, { OkBtn, CancelBtn }) => (
        <>
          {old && <Button danger onClick={() => void clear()}>{t('org.asWeek')}</Button>}
          <CancelBtn /><OkBtn />
        </>
      )}>
      <Radio.Group value={working} onChange={(e) => setWorking(Boolean(e.target.value))} options={[
        { value: true, label: t('org.works') }, { value: false, label: t('org.free') },
      ]} />
      <Input style={{ marginTop: 12 }} value={note} maxLength={200} placeholder={t('org.note')}
        aria-label={t('org.note')} onChange={(e) => setNote(e.target.value)} />
    </Modal>
  )
}
