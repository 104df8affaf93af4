import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Check, Send } from 'lucide-react'
import { post } from '../api/client'
import { useCommandKey } from '../api/command'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { useToast } from './toast'

/** Sends a person to a customer today. */
export function AssignButton({ person, customer }: {
  person: { person_id: number; name: string }
  customer: { id: number; name: string }
}) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const client = useQueryClient()
  const say = useToast()
  const [state, setState] = useState<'idle' | 'busy' | 'sent'>('idle')
  const key = useCommandKey()
  const send = async () => {
    setState('busy')
    try {
      await post('/v1/assignments', {
        person_id: person.person_id, customer_id: customer.id, date: me.business_day,
      }, { key: key.current })
      key.ended()
      setState('sent')
      say(t('near.assigned', { name: person.name, title: customer.name }))
      void client.invalidateQueries({ queryKey: ['nearest'] })
    } catch (error) {
      setState('idle')
      key.ended(error)
      say(sentence(error, lookup, language))
    }
  }
  return (
    <button type="button" className="round filled" disabled={state !== 'idle'}
      onClick={() => void send()} aria-label={t('near.assignTo', { name: person.name })}>
      {state === 'sent' ? <Check size={20} aria-hidden /> : <Send size={20} aria-hidden />}
    </button>
  )
}
