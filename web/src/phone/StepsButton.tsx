import { useState } from 'react'
import { ListChecks } from 'lucide-react'
import { useSpeech } from '../i18n/language'
import { sheet } from './later'
import { useVisitSteps } from './useVisitSteps'

const StepsSheet = sheet(() => import('./StepsSheet'))

/** The way to what there is to do during the open visit; nothing where nothing is configured. */
export function StepsButton({ visit, local, customer, name }: {
  visit: number | null
  local: string
  customer: number | null
  name: string
}) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  const steps = useVisitSteps(visit, local, customer)
  if (!steps?.length) return null
  const done = steps.filter((s) => s.done).length
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <ListChecks size={20} aria-hidden /> {t('steps.title')} <span className="num">{done}/{steps.length}</span>
      </button>
      {open && (
        <StepsSheet of={{ visit, local, customer, name }} steps={steps} onClose={() => setOpen(false)} />
      )}
    </>
  )
}
