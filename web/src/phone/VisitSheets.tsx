import { useState } from 'react'
import { distance } from '../format/format'
import { useSpeech } from '../i18n/language'
import type { Key } from '../i18n/zh'
import { Sheet } from './bits'
import { sheet } from './later'
import type { CheckInFlow, Notes } from './useCheckIn'

const Camera = sheet(() => import('./Camera'))
const stages = ['new', 'contacted', 'interested', 'negotiating', 'won', 'given_up'] as const
const statuses = ['prospect', 'active', 'dormant', 'lost'] as const

const farReasons: Key[] = ['reason.moved', 'reason.meeting', 'reason.parking', 'reason.wrongPin']
const skipReasons: Key[] = ['reason.closed', 'reason.noTime', 'reason.postponed']

/** What check-in and check-out ask for, and why they cannot go on. */
export function VisitSheets({ visit, stop }: { visit: CheckInFlow; stop: { name: string } }) {
  const { t } = useSpeech()
  const { ask } = visit
  if (!ask) return null
  if (ask.kind === 'far') {
    return (
      <Sheet title={t('phone.farTitle', { distance: distance(ask.distance) })} onClose={visit.close}>
        <p>{t('phone.farHint', { name: stop.name })}</p>
        <ReasonForm busy={visit.busy} reasons={farReasons} word={t('phone.checkInAnyway')}
          onSend={(r) => void visit.checkInWithReason(ask.fix, r)} />
      </Sheet>
    )
  }
  if (ask.kind === 'skip') {
    return (
      <Sheet title={t('phone.skipTitle', { name: stop.name })} onClose={visit.close}>
        <ReasonForm busy={visit.busy} reasons={skipReasons} word={t('phone.skip')}
          onSend={(r) => void visit.skip(r)} />
      </Sheet>
    )
  }
  if (ask.kind === 'out') {
    return (
      <Sheet title={t('phone.outTitle', { name: stop.name })} onClose={visit.close}>
        <NotesForm visit={visit} />
      </Sheet>
    )
  }
  if (ask.kind === 'photo') {
    return (
      <Camera busy={visit.busy} onShot={(file) => void visit.photo(file)} onClose={visit.close} />
    )
  }
  if (ask.kind === 'back') {
    return (
      <Sheet title={t('visit.takeBack')} onClose={visit.close}>
        <p>{t('visit.takeBackSure', { name: stop.name })}</p>
        <button type="button" className="button primary huge" disabled={visit.busy}
          onClick={() => void visit.takeBack()}>{t('visit.takeBack')}</button>
      </Sheet>
    )
  }
  const words = ask.kind === 'fault'
    ? { title: t(`locate.${ask.fault}`), hint: t(`locate.${ask.fault}Hint`) }
    : { title: t('phone.refused'), hint: ask.words }
  return (
    <Sheet title={words.title} onClose={visit.close}>
      <p>{words.hint}</p>
      <button type="button" className="button primary huge" disabled={visit.busy}
        onClick={() => {
          visit.close()
          if (ask.kind === 'problem' && ask.again) ask.again()
          else void visit.checkIn()
        }}>
        {t('do.retry')}
      </button>
    </Sheet>
  )
}

function ReasonForm({ busy, reasons, word, onSend }: {
  busy: boolean
  reasons: Key[]
  word: string
  onSend: (reason: string) => void
}) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('')
  return (
    <form className="sheet-form" onSubmit={(e) => {
      e.preventDefault()
      if (reason.trim()) onSend(reason.trim())
    }}>
      <div className="chips">
        {reasons.map((r) => (
          <button key={r} type="button" className="chip" aria-pressed={reason === t(r)}
            onClick={() => setReason(t(r))}>{t(r)}</button>
        ))}
      </div>
      <label>{t('phone.reason')}
        <textarea value={reason} rows={2} maxLength={500} onChange={(e) => setReason(e.target.value)} />
      </label>
      <button type="submit" className="button primary huge" disabled={busy || !reason.trim()}>
        {word}
      </button>
    </form>
  )
}

function NotesForm({ visit }: { visit: CheckInFlow }) {
  const { t } = useSpeech()
  const { notes } = visit
  const set = (change: Notes) => visit.setNotes({ ...notes, ...change })
  return (
    <form className="sheet-form" onSubmit={(e) => {
      e.preventDefault()
      const filled = Object.entries(notes).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v)
      void visit.checkOut(Object.fromEntries(filled) as Notes)
    }}>
      <label>{t('field.personMet')}
        <input value={notes.person_met ?? ''} maxLength={200} autoComplete="off"
          onChange={(e) => set({ person_met: e.target.value })} />
      </label>
      <Choice word={t('field.stage')} options={stages.map((s) => [s, t(`field.stage.${s}`)])}
        value={notes.stage} onChange={(stage) => set({ stage })} />
      <Choice word={t('visit.status')} options={statuses.map((s) => [s, t(`status.${s}`)])}
        value={notes.customer_status} onChange={(customer_status) => set({ customer_status })} />
      <label>{t('phone.notes')}
        <textarea value={notes.notes ?? ''} rows={4} maxLength={4000} placeholder={t('phone.notesHint')}
          onChange={(e) => set({ notes: e.target.value })} />
      </label>
      <button type="submit" className="button primary huge" disabled={visit.busy}>{t('phone.checkOut')}</button>
    </form>
  )
}

/** One of several words, or none: a second tap takes it back. */
function Choice({ word, options, value, onChange }: {
  word: string
  options: [string, string][]
  value: string | undefined
  onChange: (value: string) => void
}) {
  return (
    <>
      <span className="sheet-label" aria-hidden>{word}</span>
      <div className="chips" role="group" aria-label={word}>
        {options.map(([v, name]) => (
          <button key={v} type="button" className="chip" aria-pressed={value === v}
            onClick={() => onChange(value === v ? '' : v)}>{name}</button>
        ))}
      </div>
    </>
  )
}
