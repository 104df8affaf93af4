import { useEffect, useRef, useState } from 'react'
import { Alert, Button, Input, Popconfirm } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Camera, Trash2 } from 'lucide-react'
import { toCanvas } from 'qrcode'
import { ApiError, commandKey, post, remove, request } from '../../api/client'
import { useDevices, type DeviceRow } from '../../api/org'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Avatar } from '../Avatar'
import { Prove } from '../settings/Prove'
import { useCommand } from '../settings/useCommand'

/** The portrait: chosen from a file, kept small and upright by the server. */
export function Portrait({ person }: { person: Person }) {
  const { t } = useSpeech()
  const input = useRef<HTMLInputElement>(null)
  const [address, setAddress] = useState(person.photo)
  const { run, busy } = useCommand('people')
  const send = (file: File | undefined) => file && void run(async () => {
    const p = await request<Person>('PUT', `/v1/people/${person.id}/photo`, {
      raw: file, headers: { 'Content-Type': 'application/octet-stream' },
    })
    setAddress(p.photo)
  })
  return (
    <div className="desk-form">
      {address ? (
        <img src={address} alt={person.name} width={56} height={56}
          style={{ borderRadius: 28, objectFit: 'cover' }} />
      ) : <Avatar name={person.name} index={person.color_index} size={56} />}
      <Button loading={busy} icon={<Camera size={15} aria-hidden />} onClick={() => input.current?.click()}>
        {t('org.photoPick')}
      </Button>
      {address && (
        <Button type="text" onClick={() => void run(() => remove(`/v1/people/${person.id}/photo`))
          .then((done) => done && setAddress(''))}>{t('org.photoDrop')}</Button>
      )}
      <input ref={input} type="file" accept="image/jpeg,image/png,image/webp" className="sr-only" tabIndex={-1}
        aria-label={t('org.photo')} onChange={(e) => {
          send(e.target.files?.[0])
          e.target.value = ''
        }} />
    </div>
  )
}

/** A person's trackers; a new one shows its token once. */
export function Trackers({ person }: { person: Person }) {
  const { t } = useSpeech()
  const devices = useDevices(person.id)
  const [name, setName] = useState('')
  const [secret, setSecret] = useState('')
  const { run, busy } = useCommand('devices')
  return (
    <section aria-label={t('org.devices')}>
      <h2 className="import-label">{t('org.devices')}</h2>
      <ul className="desk-list">
        {devices.data?.filter((d) => !d.revoked_at).map((d) => (
          <li key={d.id}>
            <span className="grow">{d.name}</span>
            <Popconfirm title={t('org.revokeSure')} okText={t('org.revoke')} cancelText={t('do.cancel')}
              onConfirm={() => void run(() => remove(`/v1/people/${person.id}/devices/${d.id}`))}>
              <Button size="small" danger>{t('org.revoke')}</Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
      {secret && (
        <>
          <Alert type="warning" showIcon title={t('org.tokenOnce')} />
          <p className="secret">{secret}</p>
          <Pairing token={secret} />
        </>
      )}
      <div className="desk-form">
        <Input style={{ width: 180 }} value={name} maxLength={80} placeholder={t('org.deviceName')}
          aria-label={t('org.deviceName')} onChange={(e) => setName(e.target.value)} />
        <Button loading={busy} disabled={!name.trim()} onClick={() => void run(async () => {
          // Its secret is told once: asked again after a lost answer it must be another.
          const d = await post<DeviceRow>(`/v1/people/${person.id}/devices`, { name: name.trim() }, { key: commandKey() })
          setSecret(d.token ?? '')
          setName('')
        })}>{t('do.add')}</Button>
      </div>
    </section>
  )
}

/** The address of the server with the token, as Traccar Client scans it. */
function Pairing({ token }: { token: string }) {
  const { t } = useSpeech()
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const address = `${location.origin}/osmand?id=${encodeURIComponent(token)}`
    if (canvas.current) void toCanvas(canvas.current, address, { width: 220, margin: 2 })
  }, [token])
  return (
    <>
      <canvas ref={canvas} width={220} height={220} role="img" aria-label={t('field.pair')} />
      <p className="small">{t('field.pair')}</p>
    </>
  )
}

/** Asks that an inactive person be erased: typed confirmation, password, second person. */
export function Erase({ person }: { person: Person }) {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [login, setLogin] = useState('')
  const [state, setState] = useState<'' | 'proof' | 'asked'>('')
  const [problem, setProblem] = useState<unknown>(null)
  const ask = async () => {
    setProblem(null)
    try {
      await post('/v1/approvals', { kind: 'person.erase', subjects: [person.id] })
      setState('asked')
      void client.invalidateQueries({ queryKey: ['approvals'] })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'approvals.proof_needed') setState('proof')
      else setProblem(error)
    }
  }
  if (person.active || person.erased) return null
  if (state === 'asked') return <Alert type="success" showIcon role="status" title={t('org.eraseAsked')} />
  if (!open) {
    return (
      <Button danger icon={<Trash2 size={15} aria-hidden />} onClick={() => setOpen(true)}>{t('org.erase')}</Button>
    )
  }
  return (
    <section aria-label={t('org.erase')}>
      <p className="small">{t('org.eraseHint')}</p>
      {problem !== null && <Alert type="error" showIcon role="alert" title={sentence(problem, lookup, language)} />}
      {state === 'proof' ? <Prove onProved={() => void ask()} /> : (
        <div className="desk-form">
          <Input style={{ width: 180 }} value={login} placeholder={person.login} aria-label={t('door.login')}
            onChange={(e) => setLogin(e.target.value)} />
          <Button danger disabled={login !== person.login} onClick={() => void ask()}>{t('org.eraseAsk')}</Button>
        </div>
      )}
    </section>
  )
}
