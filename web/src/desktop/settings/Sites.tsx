import { useState } from 'react'
import { App, Button, Input, Select } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { get, put, remove, rows } from '../../api/client'
import type { components } from '../../api/schema'
import type { LonLat } from '../../geo/datum'
import { useSpeech } from '../../i18n/language'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

type Site = components['schemas']['MapSite']
type Found = components['schemas']['FoundPlace']

const kinds = ['warehouse', 'office'] as const
const removed = 'site-removed' // the message that one was

const place = (at: number[]) => `${(at[1] ?? 0).toFixed(5)}, ${(at[0] ?? 0).toFixed(5)}`

const address = (code: string) => `/v1/map/sites/${encodeURIComponent(code)}`

/** Warehouses and offices, which the map draws as layers of their own. */
export function Sites() {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const { run, busy } = useCommand('sites')
  const sites = useQuery({
    queryKey: ['sites'],
    queryFn: async () => rows(await get<{ items: Site[] }>('/v1/map/sites')),
  })
  if (sites.isPending) return <Waiting />
  if (sites.isError) return <Trouble error={sites.error} retry={() => void sites.refetch()} />
  const save = (s: Site) => run(() => put(address(s.code), { name: s.name, kind: s.kind, position: s.position }))
  const drop = async (s: Site) => {
    if (!(await run(() => remove(address(s.code))))) return
    const back = async () => {
      if (await save(s)) message.destroy(removed)
    }
    void message.open({
      key: removed, duration: 10,
      content: (
        <span>{t('sites.removed', { name: s.name })}{' '}
          <Button type="link" size="small" onClick={() => void back()}>{t('do.undo')}</Button></span>
      ),
    })
  }
  return (
    <section className="desk-card" aria-label={t('sites.title')}>
      <h2>{t('sites.title')}</h2>
      <p>{t('sites.hint')}</p>
      {sites.data.length > 0 && (
        <table className="trail-table site-table">
          <thead>
            <tr><th>{t('sites.code')}</th><th>{t('sites.name')}</th><th>{t('sites.kind')}</th><th>{t('sites.place')}</th><th /></tr>
          </thead>
          <tbody>
            {sites.data.map((s) => (
              <tr key={s.code}>
                <td>{s.code}</td><td>{s.name}</td><td>{t(`sites.kind.${s.kind}`)}</td>
                <td className="num">{place(s.position)}</td>
                <td>
                  <button type="button" className="icon-button" aria-label={t('sites.remove', { name: s.name })}
                    onClick={() => void drop(s)}><Trash2 size={16} aria-hidden /></button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <SiteForm busy={busy} onSave={save} />
    </section>
  )
}

const fresh = { code: '', name: '', kind: 'warehouse' as Site['kind'], at: null as LonLat | null, words: '' }

/** Adds a place, or changes the one of the same code. */
function SiteForm({ busy, onSave }: { busy: boolean; onSave: (s: Site) => Promise<boolean> }) {
  const { t, language } = useSpeech()
  const { message } = App.useApp()
  const { run, busy: looking } = useCommand()
  const [draft, setDraft] = useState(fresh)
  const find = () => run(async () => {
    const [first] = rows(await get<{ items: Found[] }>('/v1/places', { q: draft.words, limit: 1, lang: language }))
    // Unless other words were typed meanwhile.
    if (first) setDraft((d) => (d.words === draft.words ? { ...d, at: first.position as LonLat } : d))
    else void message.info(t('sites.notFound'))
  })
  const typed = (words: string) => {
    const [lat, lon, ...more] = words.split(/[,，\s]+/).filter(Boolean).map(Number)
    const good = more.length === 0 && lat !== undefined && lon !== undefined && Math.abs(lat) <= 90 && Math.abs(lon) <= 180
    setDraft({ ...draft, words, at: good ? [lon, lat] : null })
  }
  const { code, name, kind, at } = draft
  const save = async () => {
    if (at && (await onSave({ code, name, kind, position: at }))) setDraft(fresh)
  }
  return (
    <form className="base-form" aria-label={t('sites.add')} onSubmit={(e) => {
      e.preventDefault()
      void save()
    }}>
      <label className="field"><span>{t('sites.code')}</span>
        <Input value={code} maxLength={40} onChange={(e) => setDraft({ ...draft, code: e.target.value.trim() })} /></label>
      <label className="field"><span>{t('sites.name')}</span>
        <Input value={name} maxLength={100} onChange={(e) => setDraft({ ...draft, name: e.target.value })} /></label>
      <div className="field"><span>{t('sites.kind')}</span>
        <Select value={kind} aria-label={t('sites.kind')} onChange={(k) => setDraft({ ...draft, kind: k })}
          options={kinds.map((k) => ({ value: k, label: t(`sites.kind.${k}`) }))} /></div>
      <label className="field"><span>{t('sites.where')}</span>
        <Input value={draft.words} maxLength={100} onChange={(e) => typed(e.target.value)} /></label>
      <p className="quiet num" aria-live="polite">{at ? place(at) : t('sites.noPlace')}</p>
      <div className="desk-tools">
        <Button size="small" disabled={!draft.words || at !== null} loading={looking} onClick={() => void find()}>
          {t('form.findAddress')}
        </Button>
        <Button htmlType="submit" type="primary" size="small" loading={busy} disabled={!code || !name.trim() || !at}>
          {t('sites.save')}
        </Button>
      </div>
    </form>
  )
}
