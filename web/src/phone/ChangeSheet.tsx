import { useQueryClient } from '@tanstack/react-query'
import { refresh } from '../api/book'
import type { Customer } from '../api/types'
import { ChangeForm } from '../book/ChangeForm'
import { useSpeech } from '../i18n/language'
import { Sheet } from './bits'
import { locate } from './locate'
import { useToast } from './toast'

/** Asks for a change of a customer. */
export default function ChangeSheet({ customer: c, onClose }: { customer: Customer; onClose: () => void }) {
  const { t } = useSpeech()
  const say = useToast()
  const client = useQueryClient()
  return (
    <Sheet title={`${t('book.change')} · ${c.name}`} onClose={onClose}>
      <ChangeForm customer={c} locate={async () => (await locate()).position} onSent={() => {
        refresh(client)
        say(t('book.sent'))
        onClose()
      }} />
    </Sheet>
  )
}
