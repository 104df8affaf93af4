import { useState } from 'react'
import { Button, Checkbox, Input, InputNumber, Select, Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { ListChecks, Plus, X } from 'lucide-react'
import { commandKey, get, put } from '../../api/client'
import { useKinds } from '../../api/queries'
import type { components } from '../../api/schema'
import type { Form } from '../../api/steps'
import { useSpeech } from '../../i18n/language'
import { kindWord } from '../customers/words'
import { Nothing, Trouble, Waiting } from '../states'
import { useFocus } from './Desk'
import { useCommand } from './useCommand'

type Question = components['schemas']['VisitsField']

const none = {}
const kinds = ['task', 'shelf', 'stock', 'survey'] as const
const types = ['yes_no', 'number', 'text', 'choice'] as const
const mostQuestions = 40

/** A name that no other form or question has; nobody reads it. */
const fresh = (prefix: string) => prefix + commandKey().replaceAll('-', '').slice(0, 12)
const blank = (): Question => ({ name: fresh('q_'), label: '', type: 'yes_no', required: false })
const newForm = (place: number): Form => ({
  name: fresh('form_'), kind: 'task', title: '', fields: [blank()], required: false, customer_kinds: [], place, active: true,
})

/** What the company wants done during a visit: forms, of which customers they are asked, and their questions. */
export default function VisitForms() {
  const { t } = useSpeech()
  const forms = useQuery({ queryKey: ['visit-forms'], queryFn: async () => (await get<Form[] | null>('/v1/visit-forms')) ?? [] })
  const { run, busy } = useCommand('visit-forms', 'visits')
  const [open, setOpen] = useState<Form | null>(null)
  const save = async ({ name, ...body }: Form) => {
    if (await run(() => put(`/v1/visit-forms/${name}`, body))) setOpen(null)
  }
  const known = forms.data ?? []
  const isNew = open !== null && !known.some((f) => f.name === open.name)
  return (
    <section className="desk-card" aria-label={t('visit.forms')}>
      <div className="rule-head">
        <h2>{t('visit.forms')}</h2>
        <Button size="small" icon={<Plus size={15} aria-hidden />} disabled={!forms.data || open !== null}
          onClick={() => setOpen(newForm(Math.max(0, ...known.map((f) => f.place ?? 0)) + 1))}>
          {t('visit.forms.new')}
        </Button>
      </div>
      <p>{t('visit.forms.hint')}</p>
      {forms.isPending && <Waiting rows={3} />}
      {forms.isError && <Trouble error={forms.error} retry={() => void forms.refetch()} />}
      {forms.data?.length === 0 && !isNew && <Nothing icon={<ListChecks size={26} />} title={t('visit.forms.none')} />}
      {known.map((f) => open?.name === f.name
        ? <Editor key={f.name} form={open} busy={busy} onSave={save} onClose={() => setOpen(null)} />
        : <FormLine key={f.name} form={f} busy={busy} onSave={save} onOpen={() => setOpen(f)} />)}
      {isNew && <Editor key={open.name} form={open} busy={busy} onSave={save} onClose={() => setOpen(null)} />}
    </section>
  )
}

function FormLine({ form: f, busy, onSave, onOpen }: {
  form: Form
  busy: boolean
  onSave: (f: Form) => Promise<void>
  onOpen: () => void
}) {
  const { t, lookup } = useSpeech()
  const facts = [
    t(`visit.forms.kind.${f.kind}`), t('steps.questions', { n: f.fields.length }),
    f.customer_kinds?.length ? f.customer_kinds.map((k) => kindWord(k, lookup)).join(', ') : t('visit.forms.allKinds'),
    f.required && t('visit.forms.required'),
  ].filter(Boolean)
  return (
    <div className="rule-line archive-forms">
      <span><b>{f.title}</b><small className="quiet">{facts.join(' · ')}</small></span>
      <Button size="small" aria-label={t('visit.forms.edit', { title: f.title })} onClick={onOpen}>{t('do.edit')}</Button>
      <Switch checked={f.active} loading={busy} aria-label={t('visit.forms.on', { title: f.title })}
        onChange={(active) => void onSave({ ...f, active })} />
    </div>
  )
}

function Editor({ form, busy, onSave, onClose }: {
  form: Form
  busy: boolean
  onSave: (f: Form) => Promise<void>
  onClose: () => void
}) {
  const { t, lookup } = useSpeech()
  const all = useKinds(none)
  const title = useFocus<HTMLDivElement>()
  const [f, set] = useState(form)
  const change = (part: Partial<Form>) => set((d) => ({ ...d, ...part }))
  const ask = (i: number, part: Partial<Question>) =>
    change({ fields: f.fields.map((q, n) => (n === i ? { ...q, ...part } : q)) })
  const whole = f.title.trim() !== '' && f.fields.length > 0 &&
    f.fields.every((q) => q.label.trim() !== '' && (q.type !== 'choice' || q.options?.length))
  const clean = (): Form => ({
    ...f, title: f.title.trim(),
    fields: f.fields.map(({ options, ...q }) => ({
      ...q, label: q.label.trim(), ...(q.type === 'choice' && { options: options ?? [] }),
    })),
  })
  return (
    <div className="base-form visit-form" ref={title} tabIndex={-1}>
      <label>{t('visit.forms.title')}
        <Input value={f.title} maxLength={100} onChange={(e) => change({ title: e.target.value })} />
      </label>
      <div className="visit-form-row">
        <Select value={f.kind} aria-label={t('visit.forms.kind')} onChange={(kind) => change({ kind })}
          options={kinds.map((k) => ({ value: k, label: t(`visit.forms.kind.${k}`) }))} />
        <Select mode="multiple" value={f.customer_kinds ?? []} aria-label={t('visit.forms.kinds')} allowClear
          placeholder={t('visit.forms.allKinds')} optionFilterProp="label" style={{ flex: 1, minWidth: 200 }}
          options={(all.data ?? []).map((k) => ({ value: k.path, label: kindWord(k.path, lookup) }))}
          onChange={(customer_kinds) => change({ customer_kinds })} />
        <InputNumber min={0} max={1000} precision={0} value={f.place ?? 0} prefix={t('visit.forms.place')}
          aria-label={t('visit.forms.place')} onChange={(n) => n !== null && change({ place: n })} />
      </div>
      <Checkbox checked={f.required ?? false} onChange={(e) => change({ required: e.target.checked })}>{t('visit.forms.required')}</Checkbox>
      {f.fields.map((q, i) => (
        <AskLine key={q.name} question={q} n={i + 1} onChange={(part) => ask(i, part)}
          onDrop={f.fields.length > 1 ? () => change({ fields: f.fields.filter((x) => x !== q) }) : undefined} />
      ))}
      {f.fields.length < mostQuestions && (
        <Button size="small" icon={<Plus size={15} aria-hidden />} onClick={() => change({ fields: [...f.fields, blank()] })}>
          {t('visit.forms.addQuestion')}
        </Button>
      )}
      <div className="rule-acts">
        <Button onClick={onClose}>{t('do.cancel')}</Button>
        <Button type="primary" loading={busy} disabled={!whole} onClick={() => void onSave(clean())}>{t('do.save')}</Button>
      </div>
    </div>
  )
}

function AskLine({ question: q, n, onChange, onDrop }: {
  question: Question
  n: number
  onChange: (part: Partial<Question>) => void
  onDrop: (() => void) | undefined
}) {
  const { t } = useSpeech()
  return (
    <div className="visit-form-row">
      <Input value={q.label} maxLength={200} placeholder={t('visit.forms.question', { n })} style={{ flex: 1, minWidth: 180 }}
        aria-label={t('visit.forms.question', { n })} onChange={(e) => onChange({ label: e.target.value })} />
      <Select value={q.type} popupMatchSelectWidth={false} aria-label={t('visit.forms.typeOf', { n })} style={{ minWidth: 130 }}
        options={types.map((x) => ({ value: x, label: t(`visit.forms.${x}`) }))} onChange={(type) => onChange({ type })} />
      {q.type === 'choice' && (
        <Select mode="tags" value={q.options ?? []} open={false} placeholder={t('visit.forms.options')} maxCount={50}
          style={{ flex: 1, minWidth: 180 }} aria-label={t('visit.forms.optionsOf', { n })}
          onChange={(options: string[]) => onChange({ options: options.map((o) => o.trim()).filter(Boolean) })} />
      )}
      <Checkbox checked={q.required} onChange={(e) => onChange({ required: e.target.checked })}>{t('visit.forms.needed')}</Checkbox>
      {onDrop && (
        <button type="button" className="icon-button" aria-label={t('visit.forms.dropQuestion', { n })} onClick={onDrop}>
          <X size={15} aria-hidden />
        </button>
      )}
    </div>
  )
}
