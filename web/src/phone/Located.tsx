import { useState } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, MapPinCheck, MapPinOff } from 'lucide-react'
import { get, put } from '../api/client'
import type { components } from '../api/schema'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Failure, Loading, Sheet } from './bits'
import { useToast } from './toast'

type Consent = components['schemas']['ConsentOut']
type Reading = components['schemas']['Reading']

export const useConsent = (wanted = true) =>
  useQuery({ queryKey: ['consent'], queryFn: () => get<Consent>('/v1/me/consent'), retry: false, enabled: wanted })

/** Whether one agrees to being located, who looked, and one's own data. */
export function Located() {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const client = useQueryClient()
  const say = useToast()
  const consent = useConsent()
  const [asking, setAsking] = useState(false)
  const decide = async (given: boolean) => {
    setAsking(false)
    try {
      const body = { given, version: consent.data?.current ?? 0 }
      client.setQueryData(['consent'], await put<Consent>('/v1/me/consent', body))
    } catch (error) {
      say(sentence(error, lookup, language))
    }
  }
  if (consent.isPending) return <Loading />
  if (consent.isError) return <Failure error={consent.error} retry={() => void consent.refetch()} />
  const c = consent.data
  const when = c.at ? new Date(c.at).toLocaleDateString(language) : ''
  const today = `/v1/tracks/${me.id}/export?from=${me.business_day}&format=gpx`
  return (
    <>
      <h2 className="label">{t('locate.title')}</h2>
      <section className="located">
        <p className="located-state" data-on={c.given}>
          {c.given ? <MapPinCheck size={20} aria-hidden /> : <MapPinOff size={20} aria-hidden />}
          <b>{c.given ? t('locate.given', { at: when }) : t('locate.none')}</b>
        </p>
        <p>{t('locate.words', { days: c.kept_days })}</p>
        {c.given
          ? <button type="button" className="button wide" onClick={() => setAsking(true)}>{t('locate.withdraw')}</button>
          : <button type="button" className="button wide primary" onClick={() => void decide(true)}>{t('locate.agree')}</button>}
        <a className="button wide" href={today} download><Download size={20} aria-hidden /> {t('locate.download')}</a>
        <Readers />
      </section>
      {asking && (
        <Sheet title={t('locate.withdraw')} onClose={() => setAsking(false)}>
          <p>{t('locate.sure')}</p>
          <button type="button" className="button wide primary" onClick={() => void decide(false)}>{t('locate.withdraw')}</button>
        </Sheet>
      )}
    </>
  )
}

function Readers() {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const list = useQuery({
    queryKey: ['track-readings'],
    queryFn: () => get<Reading[]>('/v1/me/track-readings', { limit: 20 }),
    retry: false,
  })
  const others = list.data?.filter((r) => r.person_id !== me.id) ?? []
  return (
    <details>
      <summary>{t('locate.readers')} {list.data ? `(${others.length})` : ''}</summary>
      {list.data && others.length === 0 && <p>{t('locate.nobody')}</p>}
      <ul className="readers">
        {others.map((r) => (
          <li key={r.id}>
            <b>{r.name || '–'}</b> {r.action === 'track.track.read' ? t('locate.read') : t('locate.did', { action: r.action })}
            <small className="num">{new Date(r.at).toLocaleString(language)}</small>
          </li>
        ))}
      </ul>
    </details>
  )
}
