import { Navigation } from 'lucide-react'
import { navigationApps } from '../geo/navigation'
import type { LonLat } from '../geo/datum'
import { useSpeech } from '../i18n/language'
import { Sheet } from './bits'

/** Which application shall lead the way. The last one used stands first. */
export function NavigateSheet({ to, name, onClose }: {
  to: LonLat
  name: string
  onClose: () => void
}) {
  const { t } = useSpeech()
  const last = localStorage.getItem('beatplan.navigation')
  const apps = navigationApps(to, name)
    .toSorted((a, b) => Number(b.id === last) - Number(a.id === last))
  return (
    <Sheet title={t('phone.navigateTo', { name })} onClose={onClose}>
      <div className="links">
        {apps.map((app) => (
          <a key={app.id} className="button" href={app.href} rel="noreferrer"
            target={app.href.startsWith('https') ? '_blank' : undefined}
            onClick={() => localStorage.setItem('beatplan.navigation', app.id)}>
            <Navigation size={20} aria-hidden /> {t(`navapp.${app.id}`)}
          </a>
        ))}
      </div>
    </Sheet>
  )
}
