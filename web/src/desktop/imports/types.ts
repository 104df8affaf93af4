import type { components } from '../../api/schema'
import type { LonLat } from '../../geo/datum'

type Schemas = components['schemas']

export type Upload = Schemas['Import']
export type ImportSettings = Schemas['ImportSettings']
export type ImportFault = Schemas['ImportFault']
export type PreviewRow = Omit<Schemas['PreviewRow'], 'position'> & { position: LonLat | null }
export type ImportPreview = Omit<Schemas['ImportPreview'], 'rows'> & { rows: PreviewRow[] }
