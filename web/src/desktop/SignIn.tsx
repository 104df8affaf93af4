import { useState } from 'react'
import { Button, Form, Input, Segmented } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { ArrowRight, Headset, LineChart, ShieldCheck, Smartphone, Warehouse } from 'lucide-react'
import { useDemoLogins } from '../api/queries'
import { sentence } from '../i18n/problem'
import { useSpeech } from '../i18n/language'
import { asksForCode, signIn } from '../session/session'
import type { Role } from '../api/types'
import { Beat } from './Beat'

const icons: Record<Role, typeof LineChart> = {
  manager: LineChart,
  dispatcher: Headset,
  salesperson: Smartphone,
  admin: ShieldCheck,
  keeper: Warehouse,
}

/** The door: name and password, or one click as a person of the demo company. */
export function SignIn() {
  const { t, language, setLanguage, lookup } = useSpeech()
  const client = useQueryClient()
  const demo = useDemoLogins()
  // One face for each part, four at the most.
  const faces = (demo.data ?? []).filter((d, i, all) => all.findIndex((o) => o.role === d.role) === i).slice(0, 4)
  const [busy, setBusy] = useState<string | null>(null)
  const [coded, setCoded] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const enter = async (login: string, password?: string, code?: string) => {
    setBusy(password === undefined ? login : 'form')
    setProblem(null)
    try {
      await signIn(client, login, password, code)
    } catch (error) {
      if (asksForCode(error)) setCoded(true)
      setProblem(sentence(error, lookup, language))
    } finally {
      setBusy(null)
    }
  }
  return (
    <main className="door">
      <section className="door-picture" aria-hidden>
        <Beat />
        <p className="door-promise">{t('door.promise')}</p>
      </section>
      <section className="door-form">
        <div className="door-language">
          <Segmented
            size="small"
            value={language}
            onChange={(v) => setLanguage(v as 'zh' | 'en')}
            options={[{ label: '中文', value: 'zh' }, { label: 'English', value: 'en' }]}
          />
        </div>
        <div className="door-box">
          <h1 className="door-name">
            <img src="/icon.svg" alt="" width={40} height={40} /> Beatplan
          </h1>
          <p className="door-line">{t('door.line')}</p>
          <PasswordForm busy={busy === 'form'} coded={coded} onEnter={enter} />
          {problem && <p className="door-problem" role="alert">{problem}</p>}
          {(demo.data?.length ?? 0) > 0 && (
            <>
              <h2 className="door-or"><span>{t('door.demo')}</span></h2>
              <div className="door-demos">
                {faces.map((d) => (
                  <DemoButton
                    key={d.login}
                    role={d.role as Role}
                    name={d.name}
                    busy={busy === d.login}
                    onClick={() => void enter(d.login)}
                  />
                ))}
              </div>
              <MorePeople logins={demo.data?.filter((d) => !faces.includes(d)) ?? []} onEnter={(l) => void enter(l)} />
            </>
          )}
        </div>
        <p className="door-foot">© OpenStreetMap contributors · Apache-2.0</p>
      </section>
    </main>
  )
}

function DemoButton({ role, name, busy, onClick }: {
  role: Role
  name: string
  busy: boolean
  onClick: () => void
}) {
  const { t } = useSpeech()
  const Icon = icons[role] ?? Smartphone
  return (
    <button type="button" className="door-demo" onClick={onClick} disabled={busy}>
      <Icon size={20} aria-hidden />
      <span>
        <b>{t(`role.${role}`)}</b>
        <small>{name}</small>
      </span>
      <ArrowRight size={16} aria-hidden className="door-demo-go" />
    </button>
  )
}

function MorePeople({ logins, onEnter }: {
  logins: { login: string; name: string }[]
  onEnter: (login: string) => void
}) {
  const { t } = useSpeech()
  if (logins.length === 0) return null
  return (
    <details className="door-more">
      <summary>{t('door.more', { n: logins.length })}</summary>
      <div>
        {logins.map((d) => (
          <Button key={d.login} size="small" onClick={() => onEnter(d.login)}>{d.name}</Button>
        ))}
      </div>
    </details>
  )
}

interface Entry {
  login: string
  password: string
  code?: string
}

function PasswordForm({ busy, coded, onEnter }: {
  busy: boolean
  /** The account asks for its authenticator's code too. */
  coded: boolean
  onEnter: (login: string, password: string, code?: string) => Promise<void>
}) {
  const { t } = useSpeech()
  const required = [{ required: true, message: t('form.required') }]
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      onFinish={(v: Entry) => void onEnter(v.login, v.password, v.code)}
    >
      <Form.Item name="login" label={t('door.login')} rules={required}>
        <Input size="large" autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t('door.password')} rules={required}>
        <Input.Password size="large" autoComplete="current-password" />
      </Form.Item>
      {coded && (
        <Form.Item name="code" label={t('door.code')} rules={required}>
          <Input size="large" autoFocus inputMode="numeric" autoComplete="one-time-code" />
        </Form.Item>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={busy}>
        {t('door.enter')}
      </Button>
    </Form>
  )
}
