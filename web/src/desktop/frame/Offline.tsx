import { useSyncExternalStore } from 'react'
import { WifiOff } from 'lucide-react'
import { useSpeech } from '../../i18n/language'

function subscribe(tell: () => void) {
  addEventListener('online', tell)
  addEventListener('offline', tell)
  return () => {
    removeEventListener('online', tell)
    removeEventListener('offline', tell)
  }
}

/** Whether the device has a network. */
export const useOnline = () => useSyncExternalStore(subscribe, () => navigator.onLine)

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
