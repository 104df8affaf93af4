import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronRight, CircleCheck, CircleDashed } from 'lucide-react'
import { put } from '../api/client'
import { useCommandKey } from '../api/command'
import { stepTitle, type Answers, type Step } from '../api/steps'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Sheet } from './bits'
import { sendOrKeep } from './offline/outbox'
import { useToast } from './toast'
import './steps.css'

interface Subject {
  /** The visit's number, where the server knows it. */
  visit: number | null
  /** The visit's name while its check-in waits. */
  local: string
  customer: number | null
  name: string
}

/** What there is to do during a visit, and the form of each. */
export default function StepsSheet({ of, steps, onClose }: {
  of: Subject
  steps: readonly Step[]
  onClose: () => void
}) {
  const { t } = useSpeech()
  const [at, go] = useState<string | null>(steps.length === 1 && steps[0]?.fields.length ? steps[0].name : null)
  const step = steps.find((s) => s.name === at)
  if (step) {
    return (
      <Sheet title={step.title} onClose={onClose}>
        <StepForm key={step.name} of={of} step={step} onDone={() => (steps.length === 1 ? onClose() : go(null))} />
      </Sheet>
    )
  }
  return (
    <Sheet title={`${t('steps.title')} · ${of.name}`} onClose={onClose}>
      <ul className="steps">
        {steps.map((s) => (
          <li key={s.name} data-done={s.done}>
            <button type="button" disabled={s.fields.length === 0} onClick={() => go(s.name)}>
              {s.done ? <CircleCheck size={24} aria-label={t('steps.done')} /> : <CircleDashed size={24} aria-hidden />}
              <span><b>{stepTitle(s, t)}</b>
                <small>{[s.done ? t('steps.done') : s.required && t('steps.required'),
                  s.fields.length > 0 && t('steps.questions', { n: s.fields.length })].filter(Boolean).join(' · ')}</small></span>
              {s.fields.length > 0 && <ChevronRight size={20} aria-hidden />}
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

function StepForm({ of, step, onDone }: { of: Subject; step: Step; onDone: () => void }) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const client = useQueryClient()
  const say = useToast()
  const key = useCommandKey()
  const [answers, setAnswers] = useState<Answers>(step.answers as Answers)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const set = (name: string, value: Answers[string] | undefined) => setAnswers((all) => {
    const rest = Object.entries(all).filter(([n]) => n !== name)
    return Object.fromEntries(value === undefined ? rest : [...rest, [name, value]]) as Answers
  })
  const missing = step.fields.some((f) => f.required && answers[f.name] === undefined)
  const send = async () => {
    setBusy(true)
    setTrouble('')
    try {
      const sent = await sendOrKeep(
        () => put(`/v1/visits/${of.visit}/steps/${step.name}`, { answers }, { key: key.current }),
        {
          kind: 'step', person: me.id, owner: me.name, customer: of.customer, name: of.name, key: key.current,
          body: { step: step.name, title: step.title, answers }, target: of.visit ?? undefined, local: of.local,
        },
      )
      say(sent ? t('steps.saved', { title: step.title }) : t('field.kept'))
      key.ended()
      void client.invalidateQueries({ queryKey: ['visits'] })
      onDone()
    } catch (error) {
      key.ended(error)
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="sheet-form" onSubmit={(e) => {
      e.preventDefault()
      void send()
    }}>
      {step.fields.map((f) => (
        <Field key={f.name} field={f} value={answers[f.name]} onChange={(v) => set(f.name, v)} />
      ))}
      {trouble && <p role="alert" className="warn">{trouble}</p>}
      <button type="submit" className="button primary huge" disabled={busy || missing}>{t('do.save')}</button>
    </form>
  )
}

function Field({ field: f, value, onChange }: {
  field: Step['fields'][number]
  value: Answers[string] | undefined
  onChange: (value: Answers[string] | undefined) => void
}) {
  const { t } = useSpeech()
  const word = f.required ? `${f.label} *` : f.label
  if (f.type === 'yes_no' || f.type === 'choice') {
    const options = f.type === 'choice'
      ? (f.options ?? []).map((o) => ({ value: o as Answers[string], word: o }))
      : [{ value: true, word: t('steps.yes') }, { value: false, word: t('steps.no') }]
    return (
      <div role="group" aria-label={f.label}>
        <span className="sheet-label" aria-hidden>{word}</span>
        <div className="chips">
          {options.map((o) => (
            <button key={o.word} type="button" className="chip" aria-pressed={value === o.value}
              onClick={() => onChange(value === o.value ? undefined : o.value)}>{o.word}</button>
          ))}
        </div>
      </div>
    )
  }
  const text = value === undefined ? '' : String(value)
  return (
    <label>{word}
      {f.type === 'number'
        ? <input type="number" step="any" inputMode="decimal" value={text}
          onChange={(e) => onChange(e.target.value === '' ? undefined : e.target.valueAsNumber)} />
        : <textarea rows={2} maxLength={2000} value={text}
          onChange={(e) => onChange(e.target.value.trim() === '' ? undefined : e.target.value)} />}
    </label>
  )
}
