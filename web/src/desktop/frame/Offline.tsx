import { WifiOff } from 'lucide-react'
import { useSpeech } from '../../i18n/language'
import { useOnline } from '../../session/online'

/** Says so while there is no network. */
export function Offline() {
  const { t } = useSpeech()
  if (useOnline()) return null
  return (
    <div className="offline" role="status">
      <WifiOff size={16} aria-hidden /> {t('state.offline')}
    </div>
  )
}
