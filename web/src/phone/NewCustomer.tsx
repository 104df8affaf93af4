import { useDeferredValue, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useQueryClient } from '@tanstack/react-query'
import { Camera as CameraIcon, ChevronLeft, LocateFixed } from 'lucide-react'
import { putPhoto, refresh } from '../api/book'
import { ApiError, commandKey, post } from '../api/client'
import { useCustomers, useFacets } from '../api/queries'
import type { Customer, Fix } from '../api/types'
import { kindWord } from '../desktop/customers/words'
import { useSpeech } from '../i18n/language'
import type { Key } from '../i18n/zh'
import { sentence } from '../i18n/problem'
import { sheet } from './later'
import { locate, LocateError } from './locate'
import { useToast } from './toast'

const Camera = sheet(() => import('./Camera'))
const lines = ['name', 'address', 'district', 'phone', 'contact'] as const
const words: Record<(typeof lines)[number], Key> = {
  name: 'customer.name', address: 'customer.address', district: 'archive.district',
  phone: 'customer.phone', contact: 'archive.contact',
}

/** A new customer as one stands before the shop: position and photo from the phone,
 * customers of a like name while one types, and the server's check when one saves. */
export default function NewCustomer() {
  const { t, lookup, language } = useSpeech()
  const [, go] = useLocation()
  const say = useToast()
  const client = useQueryClient()
  const known = useFacets({}).data?.kind.map((k) => String(k.value)) ?? []
  const kinds = [...new Set([...known, 'shop/convenience'])] // also for whoever has no customers yet
  const [values, setValues] = useState<Record<string, string>>({ kind: '' })
  const [fix, setFix] = useState<Fix | null>(null)
  const [photo, setPhoto] = useState<Blob | null>(null)
  const [camera, setCamera] = useState(false)
  const [key] = useState(commandKey)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const set = (name: string, value: string) => setValues({ ...values, [name]: value })
  const place = () => locate().then(setFix).catch((e: unknown) =>
    setTrouble(e instanceof LocateError ? t(`locate.${e.fault}`) : String(e)))
  const save = async () => {
    setBusy(true)
    setTrouble('')
    try {
      const made = await post<Customer>('/v1/customers', {
        name: values.name, kind: values.kind, address: values.address, district: values.district,
        phone: values.phone, contacts: values.contact ? [{ name: values.contact }] : undefined,
        ...(fix && { position: fix.position, position_source: 'device', position_accuracy_m: fix.accuracy_m }),
      }, { key })
      if (photo) {
        await putPhoto(made.id, photo, 'camera', fix ? {
          position: fix.position as [number, number], accuracy_m: fix.accuracy_m,
        } : undefined).catch((e: unknown) => say(sentence(e, lookup, language)))
      }
      refresh(client)
      go(`/customers/${made.id}`)
    } catch (error) {
      setTrouble(error instanceof ApiError && error.code === 'crm.duplicate'
        ? t('book.duplicate', { state: t(error.args.state === 'pool' ? 'book.duplicate.pool' : 'book.duplicate.owned') })
        : sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/customers')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{t('book.newCustomer')}</h1>
      </header>
      <form className="sheet-form new-customer" onSubmit={(e) => {
        e.preventDefault()
        void save()
      }}>
        <div className="next-more">
          <button type="button" className="button" onClick={() => void place()}>
            <LocateFixed size={20} aria-hidden />
            {fix ? t('book.positionTaken', { n: fix.accuracy_m }) : t('book.usePosition')}
          </button>
          <button type="button" className="button" aria-pressed={photo !== null} onClick={() => setCamera(true)}>
            <CameraIcon size={20} aria-hidden /> {t('book.photo')}{photo && ' ✓'}
          </button>
        </div>
        {lines.map((name) => (
          <label key={name}>{t(words[name])}
            <input value={values[name] ?? ''} required={name === 'name'} maxLength={200}
              type={name === 'phone' ? 'tel' : 'text'} onChange={(e) => set(name, e.target.value)} />
          </label>
        ))}
        <Similar name={values.name ?? ''} />
        <label>{t('customer.kind')}
          <select value={values.kind} required onChange={(e) => set('kind', e.target.value)}>
            <option value="" />
            {kinds.map((k) => <option key={k} value={k}>{kindWord(k, lookup)}</option>)}
          </select>
        </label>
        {trouble && <p role="alert" className="warn">{trouble}</p>}
        <button type="submit" className="button primary huge" disabled={busy}>{t('do.save')}</button>
      </form>
      {camera && (
        <Camera busy={false} onClose={() => setCamera(false)} onShot={(file) => {
          setPhoto(file)
          setCamera(false)
        }} />
      )}
    </>
  )
}

/** Customers that the reader may see and whose name is like the one being typed. */
function Similar({ name }: { name: string }) {
  const { t } = useSpeech()
  const late = useDeferredValue(name.trim())
  const found = useCustomers({ q: late }, 'name', late.length >= 3)
  const all = found.data?.pages[0]?.items ?? []
  if (late.length < 3 || all.length === 0) return null
  return (
    <section>
      <b>{t('book.similar')}</b>
      <ul className="people">
        {all.slice(0, 3).map((c) => (
          <li key={c.id}>
            <Link href={`/customers/${c.id}`}>
              <span className="people-main"><b>{c.name}</b><small>{c.number} · {c.address}</small></span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
