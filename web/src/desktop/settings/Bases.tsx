import { useState } from 'react'
import { Alert, App, Button, Input, Switch } from 'antd'
import { put } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { useBases, type Base } from '../../map/base'
import { Trouble, Waiting } from '../states'
import { Sites } from './Sites'
import { useCommand } from './useCommand'

/** Base maps of Chinese services: the company's key, licence and approval number. */
export default function Bases() {
  const { t } = useSpeech()
  const bases = useBases()
  if (bases.isPending) return <Waiting />
  if (bases.isError) return <Trouble error={bases.error} retry={() => void bases.refetch()} />
  return (
    <>
      <div className="desk-card">
        <Alert type="warning" showIcon title={t('bases.warning')} style={{ marginBottom: 12 }} />
        <p>{t('bases.hint')}</p>
        {bases.data.map((b) => <BaseForm key={b.provider} base={b} />)}
      </div>
      <Sites />
    </>
  )
}

function BaseForm({ base }: { base: Base }) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const { run, busy } = useCommand('bases')
  const [draft, setDraft] = useState(base)
  const word = t(`layers.base.${base.provider}`)
  const field = (name: 'key' | 'template' | 'approval') => (
    <label className="field">
      <span>{t(`bases.${name}`)}</span>
      <Input value={draft[name] ?? ''} maxLength={500} autoComplete="off"
        onChange={(e) => setDraft({ ...draft, [name]: e.target.value })} />
    </label>
  )
  const save = async () => {
    const { enabled, key = '', template = '', approval } = draft
    const done = await run(() => put(`/v1/map/bases/${base.provider}`, { enabled, key, template, approval }))
    if (done) void message.info(t('bases.saved'))
  }
  return (
    <form className="base-form" aria-label={word} onSubmit={(e) => {
      e.preventDefault()
      void save()
    }}>
      <div className="base-head">
        <h3>{word}</h3>
        <span className="quiet">{t('bases.datum', { name: { wgs84: 'CGCS2000', gcj02: 'GCJ-02', bd09: 'BD-09' }[base.datum] })}</span>
        <Switch checked={draft.enabled} aria-label={`${word}: ${t('bases.on')}`}
          onChange={(enabled) => setDraft({ ...draft, enabled })} />
      </div>
      {field('key')}
      {field('approval')}
      {field('template')}
      <Button htmlType="submit" type="primary" size="small" loading={busy}>{t('bases.save')}</Button>
    </form>
  )
}
