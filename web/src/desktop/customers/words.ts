type Lookup = (key: string) => string | undefined

/** A kind of customer in words: shop/supermarket → 超市; unknown ones as they are. */
export function kindWord(kind: string, lookup: Lookup): string {
  const last = kind.split('/').pop() ?? kind
  return lookup(`kind.${kind}`) ?? lookup(`kind.${last}`) ?? last.replaceAll('_', ' ')
}

export const levelWord = (level: string, lookup: Lookup) => lookup(`level.${level}`) ?? level
export const statusWord = (status: string, lookup: Lookup) => lookup(`status.${status}`) ?? status
