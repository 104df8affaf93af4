import { post } from '../../api/client'
import type { components } from '../../api/schema'

type Tagged = components['schemas']['TagOutBody']

/** What became of a tag on many customers. */
export interface Tagging {
  /** Those that have it now and had it not. */
  changed: number[]
  /** How many may not be changed by this person, or have tags enough. */
  refused: number
}

async function change(body: { customer_ids: number[]; add?: string[]; remove?: string[] }, key: string): Promise<Tagging> {
  const { items } = await post<Tagged>('/v1/customers/tags', body, { key })
  const rows = items ?? []
  return { changed: rows.filter((r) => r.changed).map((r) => r.id), refused: rows.filter((r) => r.refused).length }
}

/** Gives a tag to customers, each for itself, in one command. */
export const tag = (ids: number[], word: string, key: string) => change({ customer_ids: ids, add: [word] }, key)

/** Takes the tag back from those that it was given to. */
export const untag = (ids: number[], word: string, key: string) => change({ customer_ids: ids, remove: [word] }, key)
