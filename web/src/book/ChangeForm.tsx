import { useState, type ReactNode } from 'react'
import { Minus, Plus } from 'lucide-react'
import { commandKey, post } from '../api/client'
import { useColleagues, useFacets } from '../api/queries'
import type { Customer } from '../api/types'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { differences, draftOf, payloadOf, valueWord, type Difference, type Draft, type Field } from './change'
import { fieldWord } from './fieldWord'
import { Hours, Shared } from './ChangeParts'
import './change.css'

const levels = ['A', 'B', 'C']
const statuses = ['prospect', 'active', 'dormant', 'lost']
const stages = ['new', 'contacted', 'interested', 'negotiating', 'won', 'given_up']

type Locate = () => Promise<number[] | null>

/** Asks for a change of a customer: its values, then what would be different, then it is sent. */
export function ChangeForm({ customer: c, locate, locateWord, onSent }: {
  customer: Customer
  /** Where the reader is now, on a phone; a place of the map, at the desk. Null: as it was. */
  locate?: Locate
  locateWord?: string
  onSent: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const people = useColleagues().data ?? []
  const [draft, setDraft] = useState(() => draftOf(c))
  const [reason, setReason] = useState('')
  const [shown, setShown] = useState<Difference[] | null>(null)
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)
  const [key] = useState(commandKey)
  const review = () => {
    const found = differences(c, draft)
    setTrouble(found.length === 0 ? t('book.noChange') : '')
    if (found.length > 0) setShown(found)
  }
  const send = async (list: Difference[]) => {
    setBusy(true)
    setTrouble('')
    try {
      await post('/v1/approvals', { kind: 'customer.change', reason: reason || undefined, payload: payloadOf(c, list) }, { key })
      onSent()
    } catch (error) {
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="sheet-form change-form" onSubmit={(e) => {
      e.preventDefault()
      if (shown) void send(shown)
      else review()
    }}>
      {shown ? (
        <>
          <dl className="change-diff">
            {shown.map((d) => (
              <div key={d.field}>
                <dt>{fieldWord(d.field, lookup)}</dt>
                <dd>
                  <del>{valueWord(d.field, d.before, people, lookup) || '—'}</del>
                  <ins>{valueWord(d.field, d.after, people, lookup) || '—'}</ins>
                </dd>
              </div>
            ))}
          </dl>
          <label>{t('book.reason')}
            <textarea rows={3} maxLength={500} value={reason} onChange={(e) => setReason(e.target.value)} />
          </label>
        </>
      ) : <Values draft={draft} onChange={(part) => setDraft((d) => ({ ...d, ...part }))} locate={locate}
        locateWord={locateWord} onTrouble={setTrouble} />}
      {trouble && <p role="alert" className="warn">{trouble}</p>}
      <div className="change-acts">
        {shown && (
          <button type="button" className="button" onClick={() => {
            setShown(null)
            setTrouble('')
          }}>{t('do.back')}</button>
        )}
        <button type="submit" className="button primary huge" disabled={busy}>{t(shown ? 'book.send' : 'book.review')}</button>
      </div>
    </form>
  )
}

function Values({ draft: d, onChange, locate, locateWord, onTrouble }: {
  draft: Draft
  onChange: (part: Partial<Draft>) => void
  locate?: Locate
  locateWord?: string
  onTrouble: (text: string) => void
}) {
  const { t, lookup } = useSpeech()
  const known = useFacets({}).data?.kind.map((k) => String(k.value)) ?? []
  const word = (f: Field) => fieldWord(f, lookup)
  const line = (f: 'name' | 'channel' | 'district' | 'address' | 'building' | 'phone' | 'licence', required = false) => (
    <label>{word(f)}
      <input value={d[f]} required={required} maxLength={200} type={f === 'phone' ? 'tel' : 'text'}
        onChange={(e) => onChange({ [f]: e.target.value })} />
    </label>
  )
  const choice = (f: 'kind' | 'level' | 'status' | 'stage', values: string[]) => (
    <label>{word(f)}
      <select value={d[f]} onChange={(e) => onChange({ [f]: e.target.value })}>
        {[...new Set([d[f], ...values])].map((v) => <option key={v} value={v}>{valueWord(f, v, [], lookup)}</option>)}
      </select>
    </label>
  )
  const number = (f: 'visit_every_days' | 'service_minutes', least: number, most: number) => (
    <label>{word(f)}
      <input type="number" min={least} max={most} required value={d[f]}
        onChange={(e) => onChange({ [f]: e.target.valueAsNumber || 0 })} />
    </label>
  )
  return (
    <>
      {line('name', true)}
      <div className="change-pair">{choice('kind', known)}{choice('level', levels)}</div>
      <div className="change-pair">{choice('status', statuses)}{choice('stage', stages)}</div>
      <div className="change-pair">{line('district')}{line('address')}</div>
      <div className="change-pair">{line('building')}{line('phone')}</div>
      <div className="change-pair">{line('licence')}{line('channel')}</div>
      <Place at={d.position} onChange={(position) => onChange({ position })} locate={locate} locateWord={locateWord}
        onTrouble={onTrouble} />
      <Rows label={word('contacts')} add={t('archive.addContact')} rows={d.contacts} onChange={(contacts) => onChange({ contacts })}
        fresh={{ name: '' }} columns={[['name', t('archive.contactName')], ['post', t('archive.contactPost')],
          ['phone', t('archive.contactPhone')], ['email', t('msg.email')]]} />
      <Rows label={word('sites')} add={t('book.addSite')} rows={d.sites} onChange={(sites) => onChange({ sites })}
        fresh={{ name: '' }} columns={[['name', t('book.siteName')], ['address', t('book.siteAddress')]]} />
      <label>{word('tags')}
        <input value={d.tags.join(', ')} placeholder={t('book.tagsHint')} aria-label={word('tags')}
          onChange={(e) => onChange({ tags: e.target.value.split(/[,，]/).map((x) => x.trimStart()) })} />
      </label>
      <Shared value={d.shared_with} owner={d.owner_id} onChange={(shared_with) => onChange({ shared_with })} />
      <Owner value={d.owner_id} onChange={(owner_id) => onChange({ owner_id })} />
      <Hours value={d.opening_hours} onChange={(opening_hours) => onChange({ opening_hours })} />
      <div className="change-pair">{number('visit_every_days', 0, 365)}{number('service_minutes', 1, 480)}</div>
    </>
  )
}

function Owner({ value, onChange }: { value: number | null; onChange: (n: number | null) => void }) {
  const { t, lookup } = useSpeech()
  const people = useColleagues().data ?? []
  return (
    <label>{fieldWord('owner_id', lookup)}
      <select value={value ?? ''} onChange={(e) => onChange(Number(e.target.value) || null)}>
        <option value="">{t('customer.nobody')}</option>
        {value !== null && !people.some((p) => p.id === value) && <option value={value}>#{value}</option>}
        {people.map((p) => <option key={p.id} value={p.id}>{p.team_name ? `${p.name} · ${p.team_name}` : p.name}</option>)}
      </select>
    </label>
  )
}

/** A position as latitude and longitude, where the phone is, or a place of the map. */
function Place({ at, onChange, locate, locateWord, onTrouble }: {
  at: number[] | null
  onChange: (at: number[] | null) => void
  locate?: Locate
  locateWord?: string
  onTrouble: (text: string) => void
}) {
  const { t, lookup } = useSpeech()
  const written = valueWord('position', at, [], lookup)
  const [text, setText] = useState(written)
  const read = (s: string) => {
    setText(s)
    const [lat, lon] = s.split(/[,，\s]+/).filter(Boolean).map(Number)
    if (lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180) onChange([lon, lat])
  }
  const here = async () => {
    try {
      const found = await locate?.()
      if (!found) return
      onChange(found)
      setText(valueWord('position', found, [], lookup))
    } catch {
      onTrouble(t('book.noPosition'))
    }
  }
  return (
    <div className="change-pair">
      <label>{fieldWord('position', lookup)}
        <input value={text} inputMode="text" placeholder="39.74590, -75.54670" onChange={(e) => read(e.target.value)} />
      </label>
      {locate && <button type="button" className="button" onClick={() => void here()}>{locateWord ?? t('book.usePosition')}</button>}
    </div>
  )
}

/** Rows of short texts: contacts, sites. */
function Rows<T extends { name: string }>({ label, add, rows, columns, fresh, onChange }: {
  label: string
  add: string
  rows: T[]
  columns: [keyof T & string, string][]
  fresh: T
  onChange: (rows: T[]) => void
}): ReactNode {
  const { t } = useSpeech()
  return (
    <fieldset className="change-rows">
      <legend>{label}</legend>
      {rows.map((row, i) => (
        <div key={i} className="change-row">
          {columns.map(([name, word]) => (
            <input key={name} value={String(row[name] ?? '')} placeholder={word} aria-label={`${word} ${i + 1}`} maxLength={300}
              onChange={(e) => onChange(rows.map((r, k) => (k === i ? { ...r, [name]: e.target.value } : r)))} />
          ))}
          <button type="button" className="change-icon" aria-label={`${t('do.remove')} ${row.name || i + 1}`}
            onClick={() => onChange(rows.filter((_, k) => k !== i))}><Minus size={18} aria-hidden /></button>
        </div>
      ))}
      <button type="button" className="change-add" onClick={() => onChange([...rows, { ...fresh }])}>
        <Plus size={16} aria-hidden /> {add}
      </button>
    </fieldset>
  )
}
