import { useRef, useState } from 'react'
import { App, Button, Input, InputNumber, Select } from 'antd'
import { Plus, Trash2, Upload, X } from 'lucide-react'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError, commandKey, post, put, remove } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { fieldFault, sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Trouble, Waiting } from '../states'
import { root, useKinds, useLayers, useSettings, type Settings } from './data'

type Amount = Exclude<keyof Settings, 'kinds' | '$schema'>

/** Every figure of the company: its unit is in its word, its bounds are the server's. */
const amounts: { name: Amount; min: number; max?: number; step: number; scale?: number }[] = [
  { name: 'threshold', min: 0.1, max: 1000, step: 5, scale: 100 },
  { name: 'least', min: 0, step: 0.5 },
  { name: 'rings', min: 0, max: 3, step: 1 },
  { name: 'prospect', min: 0, max: 1000, step: 0.5 },
  { name: 'customer', min: 0, max: 1000, step: 0.5 },
  { name: 'persons', min: 0, step: 100 },
  { name: 'sales_each', min: 0, step: 1000, scale: 0.01 },
  { name: 'worth', min: 0, step: 1000, scale: 0.01 },
  { name: 'decay', min: 0.5, max: 4, step: 0.1 },
  { name: 'reach_m', min: 100, max: 20000, step: 500 },
]

/** What counts as potential, and the files of people or potential that add to it. */
export function Rules() {
  const settings = useSettings()
  if (settings.isPending) return <Waiting />
  if (settings.isError) return <Trouble error={settings.error} retry={() => void settings.refetch()} />
  return (
    <>
      <Form key={JSON.stringify(settings.data)} now={settings.data} />
      <Layers />
    </>
  )
}

function Form({ now }: { now: Settings }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const kinds = useKinds()
  const [draft, setDraft] = useState(now)
  const [busy, setBusy] = useState(false)
  const write = may('territories.write')
  const weights = draft.kinds ?? []
  const set = (change: Partial<Settings>) => setDraft({ ...draft, ...change })
  const save = async () => {
    setBusy(true)
    try {
      await put(`${root}/settings`, draft)
      await client.invalidateQueries({ queryKey: ['whitespace'] })
      void message.info(t('white.saved'))
    } catch (e) {
      void message.error([sentence(e, lookup, language), ...(e instanceof ApiError ? e.fields.map((f) => `${lookup(`white.set.${f.field}`) ?? f.field}: ${fieldFault(f, language)}`) : [])].join(' '))
    }
    setBusy(false)
  }
  const free = (kinds.data ?? []).filter((k) => !weights.some((w) => w.kind === k.kind))
  return (
    <section className="white-rules" aria-label={t('white.tab.rules')}>
      {amounts.map(({ name, min, max, step, scale = 1 }) => (
        <label key={name}>
          <span>{t(`white.set.${name}` as Key)}</span>
          <InputNumber<number> size="small" min={min} max={max} step={step} disabled={!write} changeOnWheel={false}
            value={Number((draft[name] * scale).toFixed(4))} aria-label={t(`white.set.${name}` as Key)}
            onChange={(v) => v !== null && set({ [name]: v / scale })} />
        </label>
      ))}
      <h2 className="white-sub">{t('white.set.kinds')}</h2>
      <ul className="white-weights">
        {weights.map((w, i) => (
          <li key={w.kind}>
            <span>{w.kind}</span>
            <InputNumber<number> size="small" min={0} max={1000} step={0.5} disabled={!write} value={w.points}
              aria-label={`${t('white.potential')}: ${w.kind}`} changeOnWheel={false}
              onChange={(v) => v !== null && set({ kinds: weights.map((x, k) => (k === i ? { ...x, points: v } : x)) })} />
            {write && (
              <button type="button" className="icon-button" aria-label={`${t('white.set.drop')}: ${w.kind}`}
                onClick={() => set({ kinds: weights.filter((_, k) => k !== i) })}><X size={15} aria-hidden /></button>
            )}
          </li>
        ))}
      </ul>
      {write && (
        <>
          <Select<string | null> showSearch value={null} placeholder={t('white.set.add')} aria-label={t('white.set.add')}
            suffixIcon={<Plus size={14} aria-hidden />} optionFilterProp="label"
            options={free.map((k) => ({ value: k.kind, label: `${k.kind} (${k.count})` }))}
            onChange={(kind) => kind && set({ kinds: [...weights, { kind, points: 1 }] })} />
          <div className="white-bar">
            <Button type="primary" loading={busy} onClick={() => void save()}>{t('white.save')}</Button>
            <Button disabled={busy} onClick={() => setDraft(now)}>{t('white.reset')}</Button>
          </div>
        </>
      )}
    </section>
  )
}

/** A file may be this large, as the server takes it. */
const mostBytes = 20e6

function Layers() {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { modal } = App.useApp()
  const client = useQueryClient()
  const layers = useLayers()
  const input = useRef<HTMLInputElement>(null)
  const [kind, setKind] = useState('population')
  const [datum, setDatum] = useState('wgs84')
  const [name, setName] = useState('')
  const [faults, setFaults] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const write = may('territories.write')
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true)
    setFaults([])
    try {
      await work()
      setName('')
    } catch (e) {
      setFaults([sentence(e, lookup, language),
        ...(e instanceof ApiError ? e.fields.map((f) => [f.field, fieldFault(f, language)].filter(Boolean).join(': ')) : [])])
    }
    await client.invalidateQueries({ queryKey: ['whitespace'] })
    setBusy(false)
  }
  const send = (file: File) => {
    if (file.size > mostBytes) {
      setFaults([t('white.files.large', { mb: Math.round(file.size / 1e6) })])
      return
    }
    void run(() => post(`${root}/layers`, undefined, {
      query: { name: name.trim() || file.name, kind, datum }, raw: file, key: commandKey(),
      headers: { 'Content-Type': 'application/octet-stream' },
    }))
  }
  const drop = (id: number, title: string) => modal.confirm({
    title: t('white.files.drop'), content: title, okButtonProps: { danger: true }, okText: t('white.files.drop'),
    onOk: () => run(() => remove(`${root}/layers/${id}`)),
  })
  return (
    <section className="white-rules" aria-label={t('white.files')}>
      <h2 className="white-sub">{t('white.files')}</h2>
      <p className="white-note">{t('white.files.hint')}</p>
      {layers.isError && <Trouble error={layers.error} retry={() => void layers.refetch()} />}
      <ul className="white-weights">
        {layers.data?.map((l) => (
          <li key={l.id}>
            <span>{l.name}<small>{t(`white.source.${l.kind}`)} · {t('white.files.facts', { rows: l.rows, cells: l.cells, sum: Math.round(l.sum) })}</small></span>
            {write && (
              <button type="button" className="icon-button" disabled={busy} onClick={() => drop(l.id, l.name)}
                aria-label={`${t('white.files.drop')}: ${l.name}`}><Trash2 size={15} aria-hidden /></button>
            )}
          </li>
        ))}
      </ul>
      {write && (
        <div className="white-bar">
          <Input size="small" value={name} maxLength={100} placeholder={t('white.files.name')} aria-label={t('white.files.name')}
            onChange={(e) => setName(e.target.value)} />
          <Select size="small" value={kind} onChange={setKind} aria-label={t('white.files.kind')} options={[
            { value: 'population', label: t('white.source.population') },
            { value: 'potential', label: t('white.source.potential') },
          ]} />
          <Select size="small" value={datum} onChange={setDatum} aria-label={t('areas.datum')}
            options={[['wgs84', 'WGS-84'], ['gcj02', 'GCJ-02'], ['bd09', 'BD-09']].map(([value, label]) => ({ value, label }))} />
          <Button size="small" loading={busy} icon={<Upload size={14} aria-hidden />} onClick={() => input.current?.click()}>
            {t('white.files.import')}
          </Button>
          <input ref={input} type="file" hidden accept=".csv,.xlsx" aria-label={t('white.files.import')}
            onChange={(e) => {
              const file = e.target.files?.[0]
              e.target.value = ''
              if (file) send(file)
            }} />
        </div>
      )}
      {faults.length > 0 && <ul role="alert" className="white-faults">{faults.map((f) => <li key={f}>{f}</li>)}</ul>}
    </section>
  )
}
