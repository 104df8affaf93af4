import { useEffect, useRef, useState } from 'react'
import { Alert, Button, Input, InputNumber, Popconfirm, Select } from 'antd'
import { Monitor, Smartphone } from 'lucide-react'
import { toCanvas } from 'qrcode'
import { commandKey, post, remove } from '../../api/client'
import { useSessions, useTokens, type TokenRow } from '../../api/org'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Trouble, Waiting } from '../states'
import { useWhen } from './Desk'
import { Prove } from './Prove'
import { useCommand } from './useCommand'

/** One's own ways in: where one is signed in, second factor, password, programs. */
export default function Access() {
  return (
    <>
      <Sessions />
      <SecondFactor />
      <Password />
      <Tokens />
    </>
  )
}

function Sessions() {
  const { t } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  const sessions = useSessions()
  const { run } = useCommand('sessions')
  return (
    <section className="desk-card">
      <h2>{t('org.sessions')}</h2>
      <p>{t('org.sessionsHint')}</p>
      {sessions.isPending && <Waiting rows={2} />}
      {sessions.isError && <Trouble error={sessions.error} retry={() => void sessions.refetch()} />}
      <ul className="desk-list">
        {sessions.data?.map((s) => (
          <li key={s.id}>
            {/Mobile|Android|iPhone/.test(s.agent) ? <Smartphone size={20} aria-hidden /> : <Monitor size={20} aria-hidden />}
            <span className="grow">
              {program(s.agent)} · <span className="num">{s.address}</span>
              <small className="num">{t('org.since', { at: when(s.created_at) })} · {t('org.lastUsed', { at: when(s.seen_at) })}</small>
            </span>
            {s.current ? <span className="quiet">{t('org.thisOne')}</span> : (
              <Popconfirm title={t('org.endSure')} okText={t('org.end')} cancelText={t('do.cancel')}
                onConfirm={() => void run(() => remove(`/v1/sessions/${s.id}`))}>
                <Button danger>{t('org.end')}</Button>
              </Popconfirm>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What a browser is called, of what it calls itself. */
function program(agent: string): string {
  const m = /(Edg|Firefox|Chrome|Version)\/(\d+)/.exec(agent)
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0] ?? ''
  if (!m) return agent.slice(0, 40) || '—'
  const name = m[1] === 'Version' ? 'Safari' : m[1] === 'Edg' ? 'Edge' : m[1]
  return `${name} ${m[2]}${system && ` · ${system}`}`
}

function SecondFactor() {
  const { t } = useSpeech()
  const { me } = useSession()
  const [address, setAddress] = useState('')
  const [code, setCode] = useState('')
  const [codes, setCodes] = useState<string[]>([])
  const { run, busy, needsProof, goOn } = useCommand('me')
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (address && canvas.current) void toCanvas(canvas.current, address, { width: 200, margin: 2 })
  }, [address])
  const begin = () => void run(async () =>
    setAddress((await post<{ address: string }>('/v1/me/totp')).address))
  const confirm = () => void run(async () => {
    setCodes((await post<{ recovery_codes: string[] }>('/v1/me/totp/confirm', { code })).recovery_codes)
    setAddress('')
  })
  const secret = /secret=([^&]+)/.exec(address)?.[1]
  return (
    <section className="desk-card">
      <h2>{t('org.factor')}</h2>
      <p>{me.second_factor ? t('org.factorOn') : t('org.factorHint')}</p>
      {needsProof && <Prove onProved={goOn} />}
      {codes.length > 0 && (
        <>
          <Alert type="warning" showIcon title={t('org.recovery')} />
          <p className="secret" aria-label={t('org.recovery')}>{codes.join('  ')}</p>
        </>
      )}
      {address && (
        <>
          <canvas ref={canvas} width={200} height={200} role="img" aria-label={t('org.scan')} />
          <p>{t('org.scan')} <span className="secret">{secret}</span></p>
          <form className="desk-form" onSubmit={(e) => {
            e.preventDefault()
            confirm()
          }}>
            <Input value={code} maxLength={6} inputMode="numeric" autoComplete="one-time-code"
              placeholder={t('org.code')} aria-label={t('org.code')} onChange={(e) => setCode(e.target.value)} />
            <Button type="primary" htmlType="submit" loading={busy} disabled={!/^\d{6}$/.test(code)}>{t('org.goOn')}</Button>
          </form>
        </>
      )}
      {!address && !me.second_factor && <Button loading={busy} onClick={begin}>{t('org.factorBegin')}</Button>}
      {me.second_factor && (
        <Popconfirm title={t('org.factorEndSure')} okText={t('org.factorEnd')} cancelText={t('do.cancel')}
          onConfirm={() => void run(() => remove('/v1/me/totp'))}>
          <Button danger>{t('org.factorEnd')}</Button>
        </Popconfirm>
      )}
    </section>
  )
}

function Password() {
  const { t } = useSpeech()
  const [present, setPresent] = useState('')
  const [next, setNext] = useState('')
  const [done, setDone] = useState(false)
  const { run, busy } = useCommand('sessions')
  return (
    <section className="desk-card">
      <h2>{t('door.password')}</h2>
      <p>{t('org.passwordHint')}</p>
      <form className="desk-form" onSubmit={(e) => {
        e.preventDefault()
        setDone(false)
        void run(() => post('/v1/me/password', { present, next })).then((ok) => {
          setDone(ok)
          if (ok) {
            setPresent('')
            setNext('')
          }
        })
      }}>
        <Input.Password value={present} autoComplete="current-password" placeholder={t('org.present')}
          aria-label={t('org.present')} onChange={(e) => setPresent(e.target.value)} />
        <Input.Password value={next} autoComplete="new-password" placeholder={t('org.next')}
          aria-label={t('org.next')} onChange={(e) => setNext(e.target.value)} />
        <Button htmlType="submit" loading={busy} disabled={!present || next.length < 10}>{t('do.save')}</Button>
        {done && <span role="status">{t('state.saved')}</span>}
      </form>
    </section>
  )
}

function Tokens() {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  const tokens = useTokens()
  const { run, busy, needsProof, goOn } = useCommand('tokens')
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const [may, setMay] = useState<string[]>([])
  const [secret, setSecret] = useState('')
  const word = (p: string) => {
    const [g, v] = p.split('.') as [string, string]
    return `${lookup(`org.group.${g}`) ?? g} · ${lookup(`org.verb.${v}`) ?? v}`
  }
  const create = () => void run(async () => {
    // Its secret is told once: asked again after a lost answer it must be another.
    const made = await post<TokenRow>('/v1/me/tokens', { name: name.trim(), permissions: may, days }, { key: commandKey() })
    setSecret(made.token ?? '')
    setName('')
  })
  return (
    <section className="desk-card">
      <h2>{t('org.tokens')}</h2>
      <p>{t('org.tokensHint')}</p>
      {secret && <><Alert type="warning" showIcon title={t('org.tokenOnce')} /><p className="secret">{secret}</p></>}
      {needsProof && <Prove onProved={goOn} />}
      <div className="desk-form">
        <Input value={name} maxLength={80} placeholder={t('org.tokenName')} aria-label={t('org.tokenName')}
          onChange={(e) => setName(e.target.value)} />
        <Select mode="multiple" style={{ minWidth: 280, maxWidth: 480 }} value={may} onChange={setMay}
          maxTagCount={3} placeholder={t('org.permissions')} aria-label={t('org.permissions')}
          options={me.permissions.map((p) => ({ value: p, label: word(p) }))} />
        <InputNumber min={1} max={366} value={days} suffix={t('org.days')} aria-label={t('org.days')}
          onChange={(v) => setDays(v ?? 90)} />
        <Button loading={busy} disabled={!name.trim() || may.length === 0} onClick={create}>{t('do.add')}</Button>
      </div>
      {tokens.isError && <Trouble error={tokens.error} retry={() => void tokens.refetch()} />}
      <ul className="desk-list">
        {tokens.data?.filter((k) => !k.revoked_at).map((k) => (
          <li key={k.id}>
            <span className="grow">
              {k.name}<small>{k.permissions.map(word).join(', ')}</small>
              <small className="num">{t('org.until', { at: when(k.expires_at) })} · {t('org.lastUsed', { at: when(k.seen_at) })}</small>
            </span>
            <Popconfirm title={t('org.revokeSure')} okText={t('org.revoke')} cancelText={t('do.cancel')}
              onConfirm={() => void run(() => remove(`/v1/me/tokens/${k.id}`))}>
              <Button danger>{t('org.revoke')}</Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
    </section>
  )
}
