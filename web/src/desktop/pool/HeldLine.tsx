import { useHoldings } from '../../api/archive'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'

/** How many one follows, of how many one may; nothing for those who follow none. */
export function HeldLine({ className = 'quiet' }: { className?: string }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const mine = useHoldings(me.role === 'salesperson').data?.find((h) => h.person_id === me.id)
  if (!mine) return null
  return (
    <p className={`${className} num`} aria-live="polite">
      {mine.max_held > 0 ? t('crm.heldOf', { n: mine.held, max: mine.max_held }) : t('crm.held', { n: mine.held })}
    </p>
  )
}
