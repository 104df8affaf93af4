type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/** The word of a field of a request. */
export const fieldWord = (field: string, lookup: Lookup) =>
  lookup(`approval.field.${field}`) ?? lookup(`customer.${field}`) ?? field
