import { post, put } from '../api/client'
import type { Lead } from '../api/archive'
import type { Key } from '../i18n/zh'

/** What is entered of a lead, at the desk and on the phone. */
export interface LeadValues {
  name: string
  contact: string
  phone: string
  district: string
  address: string
  channel: string
  note: string
  /** Absent: as it was, or of a new one the writer, when a salesperson. */
  owner_id?: number | null
}

export const emptyLead: LeadValues = { name: '', contact: '', phone: '', district: '', address: '', channel: '', note: '' }

export const leadFields: { name: Exclude<keyof LeadValues, 'owner_id'>; word: Key; most: number }[] = [
  { name: 'name', word: 'crm.leads.name', most: 200 }, { name: 'contact', word: 'archive.contact', most: 80 },
  { name: 'phone', word: 'customer.phone', most: 60 }, { name: 'address', word: 'customer.address', most: 300 },
  { name: 'district', word: 'archive.district', most: 300 }, { name: 'channel', word: 'archive.channel', most: 50 },
  { name: 'note', word: 'crm.leads.note', most: 2000 },
]

export const leadStates = ['open', 'converted', 'dropped'] as const

/** The form's values of a lead that is there. */
export const valuesOf = (l: Lead): LeadValues => ({
  name: l.name, contact: l.contact, phone: l.phone, district: l.district, address: l.address, channel: l.channel, note: l.note,
  owner_id: l.owner_id,
})

/** Keeps a new lead, or what was changed of one that is there. */
export const keepLead = (old: Lead | null, v: LeadValues, key: string) =>
  old ? put<Lead>(`/v1/leads/${old.id}`, { ...v, owner_id: v.owner_id ?? old.owner_id ?? undefined }, { version: old.version })
    : post<Lead>('/v1/leads', { ...v, owner_id: v.owner_id ?? undefined }, { key })

/** Makes a customer of the lead; what the lead knows need not be said again. */
export const convertLead = (l: Lead, kind: string, key: string) =>
  post<Lead>(`/v1/leads/${l.id}/convert`, { name: l.name, kind }, { key })

export const dropLead = (l: Lead, reason: string) =>
  post<Lead>(`/v1/leads/${l.id}/drop`, { reason }, { version: l.version })

export const reopenLead = (l: Lead) =>
  post<Lead>(`/v1/leads/${l.id}/reopen`, undefined, { version: l.version })
