import { useQuery } from '@tanstack/react-query'
import type { Translate } from '../i18n/language'
import { get } from './client'
import type { components } from './schema'

/** What there is to do during a visit: forms that the company configured, and other modules' steps. */

export type Step = components['schemas']['Step']
export type Form = components['schemas']['Form']
export type Answers = Record<string, string | number | boolean>

/** What a step is called: an order that was taken is its number, which alone says little. */
export const stepTitle = (s: Step, t: Translate) => (s.kind === 'ordering' ? `${t('field.do.order')} ${s.title}` : s.title)

/** The steps of a visit that the server knows. */
export const useSteps = (visit: number | null) =>
  useQuery({
    queryKey: ['visits', 'steps', visit],
    queryFn: async () => (await get<Step[] | null>(`/v1/visits/${visit}/steps`)) ?? [],
    enabled: visit !== null,
  })

/** The configured forms, for a visit that the server does not know yet. */
export const useForms = (wanted: boolean) =>
  useQuery({
    queryKey: ['visit-forms'],
    queryFn: async () => (await get<Form[] | null>('/v1/visit-forms')) ?? [],
    enabled: wanted,
    staleTime: 60_000,
  })

/** The steps that a form makes at a customer of a kind; a kind includes those below it. */
export function stepsOf(forms: readonly Form[], kind: string): Step[] {
  return forms
    .filter((f) => f.active && (!f.customer_kinds?.length ||
      f.customer_kinds.some((k) => kind === k || kind.startsWith(`${k}/`))))
    .map((f) => ({
      name: f.name, kind: f.kind, title: f.title, required: f.required ?? false,
      fields: f.fields ?? [], done: false, answers: {},
    }))
}
