/** One report of the menu; its title is the word `report.<id>`. */
export interface ReportEntry {
  id: string
  /** Has a year instead of days. */
  yearly?: boolean
  /** Where a row leads: the list of customers, unless the row names a customer. */
  list?: string
}

/**
 * The reports in the order of the menu. A module adds its lines here and their
 * words to its own area; the server says who may read which.
 */
export const reports: ReportEntry[] = [
  { id: 'Q01' }, { id: 'Q02' }, { id: 'Q03' }, { id: 'Q04' }, { id: 'Q09' }, { id: 'Q11' }, { id: 'Q12' },
  { id: 'S01', yearly: true }, { id: 'S02', yearly: true }, { id: 'S03' },
  { id: 'S04', yearly: true }, { id: 'S05', yearly: true },
  { id: 'S12' }, { id: 'S13' }, { id: 'S14' }, { id: 'S15' }, { id: 'S16' },
]
