import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Camera as CameraIcon, FilePen, NotebookPen, Send, TriangleAlert } from 'lucide-react'
import { putPhoto, refresh } from '../api/book'
import { useColleagues } from '../api/queries'
import type { Customer } from '../api/types'
import { commandKey, fieldsOf, send, startOf, type Action } from '../book/actions'
import { useSpeech } from '../i18n/language'
import type { Key } from '../i18n/zh'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Sheet } from './bits'
import { sheet } from './later'
import { locate } from './locate'
import { useToast } from './toast'

const Camera = sheet(() => import('./Camera'))
const ChangeSheet = sheet(() => import('./ChangeSheet'))
const icons = { note: NotebookPen, problem: TriangleAlert, transfer: Send, merge: Send }

/** What one may start from a customer's page: each form knows the customer. */
export function CustomerActions({ customer: c }: { customer: Customer }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const say = useToast()
  const client = useQueryClient()
  const [open, setOpen] = useState<Action | 'photo' | 'change' | null>(null)
  const [busy, setBusy] = useState(false)
  const mine = may('customers.write') && c.origin !== 'shared'
  const actions: Action[] = [
    ...(may('customers.write') ? ['note', 'problem'] as Action[] : []),
    ...(may('approvals.read') && mine ? ['transfer'] as Action[] : []),
  ]
  const take = async (file: Blob) => {
    setBusy(true)
    try {
      const seen = await locate().catch(() => undefined)
      refresh(client, await putPhoto(c.id, file, 'camera', seen && {
        position: seen.position as [number, number], accuracy_m: seen.accuracy_m,
      }))
      say(t('book.photoSaved'))
      setOpen(null)
    } catch (error) {
      say(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="next-more">
      {actions.map((a) => {
        const Icon = icons[a]
        return (
          <button key={a} type="button" className="button" onClick={() => setOpen(a)}>
            <Icon size={20} aria-hidden /> {t(`book.${a}` as Key)}
          </button>
        )
      })}
      {may('approvals.read') && (
        <button type="button" className="button" onClick={() => setOpen('change')}>
          <FilePen size={20} aria-hidden /> {t('book.change')}
        </button>
      )}
      {mine && (
        <button type="button" className="button" onClick={() => setOpen('photo')}>
          <CameraIcon size={20} aria-hidden /> {t('book.photo')}
        </button>
      )}
      {open === 'photo' && (
        <Camera busy={busy} onShot={(f) => void take(f)} onClose={() => setOpen(null)} />
      )}
      {open === 'change' && <ChangeSheet customer={c} onClose={() => setOpen(null)} />}
      {open && open !== 'photo' && open !== 'change' && <ActionSheet action={open} customer={c} onClose={() => setOpen(null)} />}
    </div>
  )
}

function ActionSheet({ action, customer: c, onClose }: {
  action: Action
  customer: Customer
  onClose: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const say = useToast()
  const client = useQueryClient()
  const people = useColleagues()
  const [values, setValues] = useState(() => startOf(action, c))
  const [key] = useState(commandKey)
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)
  const fields = fieldsOf(action, people.data ?? [], t)
  const go = async () => {
    setBusy(true)
    setTrouble('')
    try {
      await send(action, c, values, key)
      refresh(client)
      say(t(action === 'transfer' ? 'book.sent' : 'book.saved'))
      onClose()
    } catch (error) {
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Sheet title={`${t(`book.${action}` as Key)} · ${c.name}`} onClose={onClose}>
      <form className="sheet-form" onSubmit={(e) => {
        e.preventDefault()
        void go()
      }}>
        {fields.map((f) => {
          const bound = {
            value: values[f.name] ?? '', required: f.required,
            onChange: (e: { target: { value: string } }) => setValues({ ...values, [f.name]: e.target.value }),
          }
          return (
            <label key={f.name}>{t(f.word)}
              {f.choices ? (
                <select {...bound}>
                  <option value="" />
                  {f.choices.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
                </select>
              ) : f.long ? <textarea rows={3} maxLength={500} {...bound} /> : <input {...bound} />}
            </label>
          )
        })}
        {trouble && <p role="alert" className="warn">{trouble}</p>}
        <button type="submit" className="button primary huge" disabled={busy}>{t('book.send')}</button>
      </form>
    </Sheet>
  )
}
