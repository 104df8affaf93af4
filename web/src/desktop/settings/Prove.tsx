import { useState } from 'react'
import { Alert, Button, Input } from 'antd'
import { post } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'

/** Asks for the password once more, then goes on with what needed it. */
export function Prove({ onProved }: { onProved: () => void }) {
  const { t, lookup, language } = useSpeech()
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<unknown>(null)
  const prove = async () => {
    setProblem(null)
    try {
      await post('/v1/sessions/current/proof', { password })
      setPassword('')
      onProved()
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <form className="desk-form" onSubmit={(e) => {
      e.preventDefault()
      void prove()
    }}>
      <Input.Password value={password} autoComplete="current-password" autoFocus
        placeholder={t('org.yourPassword')} aria-label={t('org.yourPassword')}
        onChange={(e) => setPassword(e.target.value)} />
      <Button type="primary" htmlType="submit" disabled={!password}>{t('org.goOn')}</Button>
      {problem !== null && <Alert type="error" showIcon role="alert" title={sentence(problem, lookup, language)} />}
    </form>
  )
}
