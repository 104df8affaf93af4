import { useState, type FormEvent } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useDemoLogins } from '../api/queries'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { asksForCode, signIn } from '../session/session'
import { LeftBehind } from './offline/Left'

/** The phone's door; it says so when the device was revoked and wiped. */
export function PhoneSignIn({ revoked }: { revoked: boolean }) {
  const { t, lookup, language, setLanguage } = useSpeech()
  const client = useQueryClient()
  const demo = useDemoLogins()
  const [problem, setProblem] = useState('')
  const [coded, setCoded] = useState(false)
  const [busy, setBusy] = useState(false)
  const enter = async (login: string, password?: string, code?: string) => {
    setBusy(true)
    setProblem('')
    try {
      await signIn(client, login, password, code)
    } catch (error) {
      if (asksForCode(error)) setCoded(true)
      setProblem(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault()
    const data = new FormData(e.currentTarget)
    void enter(String(data.get('login')), String(data.get('password')), String(data.get('code') ?? ''))
  }
  return (
    <main className="gate">
      <button type="button" className="gate-language" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
        {t('do.language')}
      </button>
      <h1><img src="/icon.svg" alt="" width={44} height={44} /> Beatplan</h1>
      <p>{t('door.line')}</p>
      {revoked && <p className="gate-left" role="alert">{t('phone.revoked')}</p>}
      <LeftBehind />
      <form onSubmit={submit}>
        <label>{t('door.login')}<input name="login" required autoComplete="username" autoCapitalize="off" /></label>
        <label>{t('door.password')}
          <input name="password" type="password" required autoComplete="current-password" />
        </label>
        {coded && (
          <label>{t('door.code')}
            <input name="code" required inputMode="numeric" autoComplete="one-time-code" />
          </label>
        )}
        {problem && <p className="gate-problem" role="alert">{problem}</p>}
        <button type="submit" className="button primary" disabled={busy}>{t('door.enter')}</button>
      </form>
      {(demo.data?.length ?? 0) > 0 && (
        <section>
          <h2>{t('door.demo')}</h2>
          {demo.data?.map((d) => (
            <button key={d.login} type="button" className="gate-demo" disabled={busy}
              onClick={() => void enter(d.login)}>
              <span><b>{d.name}</b><small>{lookup(`role.${d.role}`) ?? d.role}</small></span>
              <ChevronRight size={20} aria-hidden />
            </button>
          ))}
        </section>
      )}
    </main>
  )
}
