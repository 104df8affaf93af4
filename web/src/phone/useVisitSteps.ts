import { useMemo } from 'react'
import { useCustomer } from '../api/queries'
import { stepsOf, useForms, useSteps, type Step } from '../api/steps'
import { useOutbox } from './offline/outbox'

/**
 * The steps of an open visit, with what waits on this phone counted as done. While the
 * server does not know the visit, they are made of the configured forms.
 */
export function useVisitSteps(visit: number | null, local: string, customer: number | null): Step[] | undefined {
  const known = useSteps(visit)
  const forms = useForms(visit === null || known.isError)
  const who = useCustomer(visit === null || known.isError ? customer : null)
  const outbox = useOutbox()
  return useMemo(() => {
    const made = forms.data && who.data ? stepsOf(forms.data, who.data.kind) : undefined
    return (known.data ?? made)?.map((s) => {
      const waits = outbox.filter((a) => a.kind === 'step' && !a.refused && a.local === local && a.body.step === s.name).at(-1)
      return waits ? { ...s, done: true, answers: waits.body.answers as Step['answers'] } : s
    })
  }, [known.data, forms.data, who.data, outbox, local])
}
