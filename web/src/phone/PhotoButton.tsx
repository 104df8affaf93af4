import { Camera } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { get } from '../api/client'
import type { components } from '../api/schema'
import { useSpeech } from '../i18n/language'
import { useOutbox } from './offline/outbox'

type Photo = components['schemas']['Photo']

/** The way to the camera, with how many photos the visit has, those that wait on this phone included. */
export function PhotoButton({ visit, local, onOpen }: { visit: number | null; local: string; onOpen: () => void }) {
  const { t } = useSpeech()
  const waiting = useOutbox().filter((a) => a.kind === 'photo' && !a.refused && a.local === local).length
  const known = useQuery({
    queryKey: ['visits', 'photos', visit],
    queryFn: async () => (await get<Photo[] | null>(`/v1/visits/${visit}/photos`)) ?? [],
    enabled: visit !== null,
  })
  const n = waiting + (known.data?.length ?? 0)
  return (
    <button type="button" className="button" onClick={onOpen}>
      <Camera size={20} aria-hidden /> {n > 0 ? t('visit.photos', { n }) : t('field.photo')}
    </button>
  )
}
