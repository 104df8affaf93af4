import { Plus, X } from 'lucide-react'
import { useColleagues } from '../api/queries'
import type { OpeningHours, Sharing } from '../api/types'
import { useSpeech } from '../i18n/language'
import { fieldWord } from './fieldWord'

/** Whom a customer is shared with: people and whole teams, one added at a time. */
export function Shared({ value, owner, onChange }: {
  value: Sharing
  owner: number | null
  onChange: (next: Sharing) => void
}) {
  const { t, lookup } = useSpeech()
  const people = useColleagues().data ?? []
  const teams = [...new Map(people.filter((p) => p.team_id).map((p) => [p.team_id as number, p.team_name])).entries()]
  const name = (id: number) => people.find((p) => p.id === id)?.name ?? `#${id}`
  const team = (id: number) => t('archive.teamOf', { name: teams.find(([n]) => n === id)?.[1] ?? `#${id}` })
  const chip = (word: string, off: () => void) => (
    <button key={word} type="button" className="change-chip" aria-label={`${t('do.remove')} ${word}`} onClick={off}>
      {word} <X size={14} aria-hidden />
    </button>
  )
  return (
    <fieldset className="change-rows">
      <legend>{fieldWord('shared_with', lookup)}</legend>
      <div className="change-chips">
        {value.people.map((id) => chip(name(id), () => onChange({ ...value, people: value.people.filter((n) => n !== id) })))}
        {value.teams.map((id) => chip(team(id), () => onChange({ ...value, teams: value.teams.filter((n) => n !== id) })))}
      </div>
      <select value="" aria-label={t('archive.share')} onChange={(e) => {
        const id = Number(e.target.value.slice(1))
        if (e.target.value.startsWith('t')) onChange({ ...value, teams: [...value.teams, id] })
        else if (id) onChange({ ...value, people: [...value.people, id] })
      }}>
        <option value="">{t('book.shareMore')}</option>
        {teams.filter(([id]) => !value.teams.includes(id)).map(([id]) => <option key={id} value={`t${id}`}>{team(id)}</option>)}
        {people.filter((p) => p.id !== owner && !value.people.includes(p.id)).map((p) => (
          <option key={p.id} value={`p${p.id}`}>{p.name}</option>
        ))}
      </select>
    </fieldset>
  )
}

/** Opening hours: weekdays and from when until when. */
export function Hours({ value, onChange }: { value: OpeningHours[]; onChange: (next: OpeningHours[]) => void }) {
  const { t, lookup } = useSpeech()
  const set = (i: number, part: Partial<OpeningHours>) => onChange(value.map((h, k) => (k === i ? { ...h, ...part } : h)))
  return (
    <fieldset className="change-rows">
      <legend>{fieldWord('opening_hours', lookup)}</legend>
      {value.map((h, i) => (
        <div key={i} className="change-row">
          <div className="change-chips" role="group" aria-label={t('form.weekdays')}>
            {[1, 2, 3, 4, 5, 6, 7].map((d) => (
              <button key={d} type="button" className="change-chip" aria-pressed={h.days.includes(d)} onClick={() =>
                set(i, { days: h.days.includes(d) ? h.days.filter((x) => x !== d) : [...h.days, d].sort((a, b) => a - b) })}>
                {lookup(`weekday.${d}`) ?? d}
              </button>
            ))}
          </div>
          <input type="time" value={h.open} aria-label={t('form.open')} onChange={(e) => set(i, { open: e.target.value })} />
          <input type="time" value={h.close} aria-label={t('form.close')} onChange={(e) => set(i, { close: e.target.value })} />
          <button type="button" className="change-icon" aria-label={t('do.remove')}
            onClick={() => onChange(value.filter((_, k) => k !== i))}><X size={18} aria-hidden /></button>
        </div>
      ))}
      <button type="button" className="change-add"
        onClick={() => onChange([...value, { days: [1, 2, 3, 4, 5], open: '09:00', close: '18:00' }])}>
        <Plus size={16} aria-hidden /> {t('form.addHours')}
      </button>
    </fieldset>
  )
}
